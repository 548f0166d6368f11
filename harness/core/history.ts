import type { HistogramData } from "./histogram.ts";
import type { Reading } from "./injector.ts";
import type { Region } from "./topology.ts";

/** How an attempt ended. `lost`: planned, never sent, because its user still waited for an earlier page. */
export type Outcome =
  | "ok"
  | "sold-out"
  | "twin"
  | "invalid"
  | "refused"
  | "unavailable"
  | "error"
  | "timeout"
  | "broken-off"
  | "lost"
  | "unsent";

/** Outcomes that a user takes for an answer: 2xx, 3xx, a true "sold out", 409 of an in-flight twin, 422. */
export const GOOD_OUTCOMES: readonly Outcome[] = ["ok", "sold-out", "twin", "invalid"];

/**
 * Who sent it: shoppers by the curve, the buyers' lane, bots. `looks`: buyers of the lane who look at their order after
 * it; `clashes`: those who send their key again with another body. Lanes of their own, because the buyers' lane measures
 * the checkout.
 */
export type Lane = "shoppers" | "buyers" | "looks" | "clashes" | "bots";

export type Page = "home" | "search" | "category" | "product" | "cart" | "add" | "checkout" | "order";

/**
 * One second of one page, region and lane. `second` counts from the first planned request and is that of the planned
 * start. A cell may come in parts: answers that took long follow in batches of their own, so readers add them up.
 */
export interface LoadBatch {
  readonly kind: "load.batch";
  readonly second: number;
  readonly lane: Lane;
  readonly page: Page;
  readonly region: Region;
  readonly outcomes: Readonly<Partial<Record<Outcome, number>>>;
  /**
   * Milliseconds from the planned start to the last byte. All outcomes: an attempt without a good answer counts with
   * a user's whole patience (8 s) at least, so that failing fast never makes a quantile better.
   */
  readonly latency: HistogramData;
}

/** One attempt in full: every write, every failure, and the slowest of each second. */
export interface LoadAttempt {
  readonly kind: "load.attempt";
  /** Request id, as the edge logs it. */
  readonly id: string;
  readonly lane: Lane;
  readonly page: Page;
  readonly region: Region;
  readonly plannedMs: number;
  readonly sentMs: number;
  /** From `sentMs` on; the latency that is judged is `sentMs + durationMs - plannedMs`. */
  readonly durationMs: number;
  readonly status: number;
  readonly outcome: Outcome;
  /** Number of the attempt for the same planned step: 1, or 2 for its retry. */
  readonly attempt: number;
  readonly error?: string;
}

/** What a buyer meant to do, written before the request leaves. One per idempotency key and attempt. */
export interface WriteIntent {
  readonly kind: "write.intent";
  readonly key: string;
  readonly attempt: number;
  readonly session: string;
  /** Empty for a checkout of the session's cart: what it holds, the shop decides; the reply tells (`WriteResult.lines`). */
  readonly lines: readonly { readonly productId: number; readonly quantity: number }[];
  /** The code that came with it, for a discount of which there are few. */
  readonly coupon?: string;
}

/** What came back for it. `info`: nobody can know from here whether it took effect (`docs` on outcomes of writes). */
export interface WriteResult {
  readonly kind: "write.result";
  readonly key: string;
  readonly attempt: number;
  readonly result: "ok" | "fail" | "info";
  readonly status: number;
  readonly orderId?: string;
  readonly totalCents?: number;
  /** What the coupon took off; 0 where one was sent that gave nothing. The total is the lines less this. */
  readonly discountCents?: number;
  /** The lines that the shop acknowledged. */
  readonly lines?: readonly { readonly productId: number; readonly quantity: number; readonly priceCents: number }[];
  readonly soldOutProductId?: number;
}

/**
 * What came back for the key of an acknowledged purchase that was sent once more with another body. The contract is a
 * refusal that says why: no order, and not the answer to the first body.
 */
export interface WriteClash {
  readonly kind: "write.clash";
  readonly key: string;
  readonly attempt: number;
  /** 0 without an answer. */
  readonly status: number;
  /** A 422 that says that the key was used for another request. */
  readonly isRefused: boolean;
  /** The order that the answer names. */
  readonly orderId?: string;
}

/** What a buyer was shown who looked at an order of theirs, after it had been acknowledged to them. */
export interface OrderLook {
  readonly kind: "order.look";
  /** The order that was asked for. */
  readonly orderId: string;
  /** 200, or 404 where the page knows no such order; a look that was not answered is none. */
  readonly status: number;
  /** How far the order was said to be; absent where the page said nothing of this order. */
  readonly shown?: string;
}

/** One second of the generator about itself. */
export interface LoadHealth {
  readonly kind: "load.health";
  readonly second: number;
  readonly usersPlanned: number;
  readonly usersPresent: number;
  /** Requests of the plan whose instant lay in this second; retries and twins are extra. */
  readonly planned: number;
  /** For how many of them the generator did its part: they left, or are `lost` because their user waited for the shop. */
  readonly sent: number;
  /** How late the generator's own timers were, milliseconds. */
  readonly lateness: HistogramData;
  readonly exceptions: number;
}

export interface LoadEnded {
  readonly kind: "load.ended";
  readonly exitCode: number;
  /** Everything that was planned to be sent was sent, lost or counted; the last word of every user was read. */
  readonly complete: boolean;
  readonly planned: number;
  readonly accounted: number;
  /** Purchases of the plan whose key was to come back with another body, once they were acknowledged. */
  readonly clashes?: number;
  readonly detail: string;
}

/** Numbers that a part of the shop tells of itself, or the operating system tells of a part. */
export interface Sample {
  readonly kind: "sample";
  /** Node id, or `harness`, `generator`, `network`. */
  readonly node: string;
  /** Counters stay counters: rates are made by readers. Keys like `reads_total{tier="hot"}`. */
  readonly values: Readonly<Record<string, number>>;
}

export interface PhaseEvent {
  readonly kind: "phase";
  readonly name: string;
  readonly state: "begin" | "end";
}

export interface FaultEvent {
  readonly kind: "fault";
  readonly id: string;
  readonly fault: string;
  readonly state:
    | "planned"
    | "not-applicable"
    | "gap"
    | "skipped"
    | "injecting"
    | "in-force"
    | "unproven"
    | "healing"
    | "healed"
    | "not-healed";
  /** The fault in words: `latency app > cache (eu) +2s`. */
  readonly title: string;
  readonly detail: string;
  readonly asked?: string;
  readonly measured?: string;
  readonly targets?: readonly string[];
  readonly readings?: readonly {
    readonly when: "before" | "in-force" | "during" | "after";
    readonly target: string;
    readonly fresh: Reading;
    readonly held?: Reading;
  }[];
}

export interface NodeEvent {
  readonly kind: "node";
  readonly node: string;
  readonly state: "starting" | "ready" | "exited" | "restarting" | "stopped" | "killed" | "paused" | "continued";
  readonly detail: string;
}

/** Something that a part of the shop said in its log and that matters for the story: a breaker opened, a region spilled. */
export interface SystemEvent {
  readonly kind: "system";
  readonly node: string;
  readonly event: string;
  readonly detail: string;
}

/** A final read of the shop's truth after quiescence. */
export interface EvidenceRecord {
  readonly kind: "evidence";
  readonly name: string;
  readonly data: unknown;
}

export interface RunEvent {
  readonly kind: "run";
  /** `load-begun` carries `facts.zeroAt`: the run clock at the first planned request, from which all load counts. */
  readonly state:
    | "planned"
    | "raised"
    | "load-begun"
    | "steady"
    | "not-steady"
    | "drained"
    | "quiesced"
    | "not-quiesced"
    | "interrupted"
    | "ended";
  readonly detail: string;
  readonly facts?: Readonly<Record<string, unknown>>;
}

export type HistoryEvent =
  | LoadBatch
  | LoadAttempt
  | WriteIntent
  | WriteResult
  | WriteClash
  | OrderLook
  | LoadHealth
  | LoadEnded
  | Sample
  | PhaseEvent
  | FaultEvent
  | NodeEvent
  | SystemEvent
  | EvidenceRecord
  | RunEvent;

export type HistoryRecord = HistoryEvent & {
  /** Counts from 0 without gaps. */
  readonly seq: number;
  /** Run clock, milliseconds, at receipt. */
  readonly at: number;
  /** Who said it: `harness`, `generator`, a node id. */
  readonly source: string;
  /** The source's own time on the run clock, where it has one. */
  readonly sourceAt?: number;
};

/** Append-only; the only input of checkers and reports. */
export interface History {
  append(source: string, event: HistoryEvent, sourceAt?: number): HistoryRecord;
  records(): readonly HistoryRecord[];
  /** Called for every record from now on; for reporters that show a run while it happens. */
  subscribe(listener: (record: HistoryRecord) => void): () => void;
}

/** The run clock at the first planned request; undefined when no load ever began. */
export function loadZero(records: readonly HistoryRecord[]): number | undefined {
  for (const record of records) {
    if (record.kind === "run" && record.state === "load-begun") {
      const zero = record.facts?.zeroAt;
      return typeof zero === "number" ? zero : undefined;
    }
  }
  return undefined;
}
