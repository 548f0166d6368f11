import { Histogram } from "#core/histogram.ts";
import type { History, HistoryEvent, LoadAttempt, Outcome, Page, WriteClash, WriteResult } from "#core/history.ts";
import { TIMES } from "../plan/mix.ts";
import type { Cell, Tally } from "../plan/tally.ts";
import { type Ending, outcomeOf, resultOf } from "./classify.ts";
import { KeysInHand } from "./keys-in-hand.ts";
import {
  type AttemptRecord,
  type GeneratorRecord,
  isMismatch,
  type Origin,
  parseLook,
  parseOrder,
  parseSoldOut,
} from "./parse.ts";
import { Second } from "./second.ts";

const SOURCE = "generator";

/** A second is closed this long after its end: answers of a healthy shop and the reading of the file are in by then. */
const SETTLE_MS = 250;

/**
 * The generator's own figures of a second wait for its slowest users, whose records come when they give up: full
 * patience, and two seconds for late timers. After that, what is missing is missing.
 */
const HEALTH_WAIT_MS = TIMES.patienceMs + 2_000;

/** Texts of exceptions and strange lines that are kept for the last word. */
const TROUBLES_KEPT = 3;

/** Turns the generator's records into the history. Holds the current seconds and the latest writes, nothing else. */
export class Bookkeeper {
  readonly #history: History;
  readonly #tally: Tally;
  readonly #timetables: number;
  /** First planned request on the run clock. */
  readonly #zeroMs: number;
  readonly #seconds = new Map<number, Second>();
  readonly #lateness = new Map<number, Histogram>();
  readonly #exceptions = new Map<number, number>();
  /** Change of the number of users present, by second. */
  readonly #presence = new Map<number, number>();
  #present = 0;
  #nextHealth = 0;
  #left = 0;
  readonly #keys = new KeysInHand();
  readonly troubles: string[] = [];
  #troubled = 0;

  constructor(history: History, tally: Tally, timetables: number, zeroMs: number) {
    this.#history = history;
    this.#tally = tally;
    this.#timetables = timetables;
    this.#zeroMs = zeroMs;
  }

  /** One record, read at this moment of the load. */
  take(record: GeneratorRecord | undefined, line: string, nowMs: number): void {
    if (record === undefined) {
      this.#trouble(`a line that is no record: ${line.slice(0, 200)}`);
      return;
    }
    switch (record.kind) {
      case "arrived":
        this.#presentChange(record.atMs, 1);
        return;
      case "left":
        this.#left += 1;
        if (record.lane !== "buyers") this.#presentChange(record.atMs, -1);
        return;
      case "lost": {
        const cell = cellOf(record.origin, record.page, record.plannedMs);
        this.#account(cell, line);
        this.#second(cell.second).count(cell, "lost", TIMES.patienceMs);
        return;
      }
      case "intent": {
        const { key, attempt, session, lines, coupon } = record;
        this.#keys.announced(key, attempt, record.atMs);
        const asked = coupon === undefined ? { lines } : { lines, coupon };
        this.#append({ kind: "write.intent", key, attempt, session, ...asked }, record.atMs);
        return;
      }
      case "exception": {
        const second = Math.max(this.#nextHealth, secondOf(nowMs));
        this.#exceptions.set(second, (this.#exceptions.get(second) ?? 0) + 1);
        this.#trouble(`the script failed: ${record.text.slice(0, 200)}`);
        return;
      }
      case "attempt":
        this.#takeAttempt(record, line);
    }
  }

  #takeAttempt(record: AttemptRecord, line: string): void {
    const { lane, region } = record.origin;
    const clashes = lane === "clashes";
    const checkout = record.page === "checkout" && record.key !== "" && !clashes;
    const soldOut = checkout && record.status === 410 ? parseSoldOut(record.body) : undefined;
    const ending: Ending = {
      status: record.status,
      errorCode: record.errorCode,
      notExecuted: record.notExecuted,
      fresh: record.fresh,
      namesSoldOut: soldOut !== undefined,
      twinned: checkout && record.status === 409 && this.#keys.hasTwin(record.key, record.attempt, record),
    };
    if (checkout) this.#keys.ended(record.key, record.attempt, record, resultOf(ending) === "info");
    const written = record.key === "" || clashes ? undefined : writtenOf(record, ending, soldOut?.productId);
    // A success that names no order is no answer that a buyer could use.
    const outcome =
      written?.result === "info" && record.status > 0 && record.status < 400 ? "error" : outcomeOf(ending);
    if (record.attempt === 1) this.#account(cellOf(record.origin, record.plannedPage, record.plannedMs), line);
    const cell = cellOf(record.origin, record.page, record.plannedMs);
    const second = this.#second(cell.second);
    second.count(cell, outcome, record.endedMs - record.plannedMs);
    this.#late(cell.second, record.sentMs - record.plannedMs, line);
    if (written !== undefined) this.#append(written, record.endedMs);
    else if (clashes) this.#append(clashOf(record), record.endedMs);
    else if (record.page === "order" && (outcome === "ok" || (outcome === "error" && record.status === 404))) {
      this.#append({ kind: "order.look", status: record.status, ...parseLook(record.body) }, record.endedMs);
    }
    const attempt: LoadAttempt = {
      kind: "load.attempt",
      id: record.id,
      lane,
      page: record.page,
      region,
      plannedMs: record.plannedMs,
      sentMs: record.sentMs,
      durationMs: record.endedMs - record.sentMs,
      status: record.status,
      outcome,
      attempt: record.attempt,
      ...errorOf(record, outcome),
    };
    if (second.singles(attempt)) this.#append(attempt, record.endedMs);
  }

  /** Writes what is settled at this moment of the load. */
  tick(nowMs: number): void {
    this.#keys.forget(nowMs);
    for (const [number, second] of this.#seconds) {
      if (nowMs >= (number + 1) * 1_000 + SETTLE_MS && second.ripe(nowMs)) this.#write(number, second, nowMs);
    }
    // The last one waits for the last word: retries come after the curve's end, and their lateness has to go somewhere.
    while (this.#nextHealth < this.#tally.seconds - 1) {
      const endMs = (this.#nextHealth + 1) * 1_000;
      const settled = this.#tally.second(this.#nextHealth).open === 0;
      if (nowMs < endMs + (settled ? SETTLE_MS : HEALTH_WAIT_MS)) return;
      this.#health();
    }
  }

  /** The last word: what was planned and never sent, writes without an end, and whether all is accounted for. */
  end(exitCode: number, trouble: string | undefined): void {
    if (trouble !== undefined) this.#trouble(trouble);
    for (const { key, attempt } of this.#keys.underWay()) {
      this.#append({ kind: "write.result", key, attempt, result: "info", status: 0 });
    }
    const { planned, accounted, clashes } = this.#tally;
    for (const { count, ...cell } of this.#tally.open()) {
      this.#second(cell.second).count(cell, "unsent", TIMES.patienceMs, count);
    }
    for (const [number, second] of this.#seconds) this.#write(number, second, Number.POSITIVE_INFINITY);
    while (this.#nextHealth < this.#tally.seconds) this.#health();
    const everybody = this.#left === this.#timetables;
    this.#append({
      kind: "load.ended",
      exitCode,
      complete: exitCode === 0 && everybody && accounted === planned && this.#troubled === 0,
      planned,
      accounted,
      ...(clashes > 0 ? { clashes } : {}),
      detail: [
        `${accounted} of ${planned} planned requests sent or lost, ${planned - accounted} unsent`,
        `last word of ${this.#left} of ${this.#timetables} users and places`,
        ...(this.#troubled > 0 ? [`${this.#troubled} troubles: ${this.troubles.join("; ")}`] : []),
      ].join("; "),
    });
  }

  #write(number: number, second: Second, nowMs: number): void {
    const { batches, slowest } = second.drain(nowMs);
    for (const attempt of slowest) this.#append(attempt, attempt.sentMs + attempt.durationMs);
    for (const batch of batches) this.#append(batch, (number + 1) * 1_000);
    // Once its own figures are written, nobody of that second is waited for; a straggler opens it again.
    if (number < this.#nextHealth) this.#seconds.delete(number);
  }

  #health(): void {
    const second = this.#nextHealth;
    const { planned, open, users } = this.#tally.second(second);
    this.#present += this.#presence.get(second) ?? 0;
    this.#append(
      {
        kind: "load.health",
        second,
        usersPlanned: users,
        usersPresent: this.#present,
        planned,
        sent: planned - open,
        lateness: this.#lateness.get(second)?.toData() ?? {},
        exceptions: this.#exceptions.get(second) ?? 0,
      },
      (second + 1) * 1_000,
    );
    this.#presence.delete(second);
    this.#lateness.delete(second);
    this.#exceptions.delete(second);
    this.#nextHealth += 1;
  }

  #presentChange(atMs: number, change: number): void {
    const second = Math.max(this.#nextHealth, secondOf(atMs));
    this.#presence.set(second, (this.#presence.get(second) ?? 0) + change);
  }

  #account(cell: Cell, line: string): void {
    if (!this.#tally.account(cell)) this.#trouble(`a request that was not planned: ${line.slice(0, 200)}`);
  }

  #second(number: number): Second {
    const second = this.#seconds.get(number) ?? new Second();
    this.#seconds.set(number, second);
    return second;
  }

  /** Belongs to its own second, or to the nearest one whose figures are still to be written. */
  #late(second: number, latenessMs: number, line: string): void {
    const open = Math.max(this.#nextHealth, Math.min(second, this.#tally.seconds - 1));
    if (open >= this.#tally.seconds) {
      this.#trouble(`a request came after the generator's last figures: ${line.slice(0, 200)}`);
      return;
    }
    const histogram = this.#lateness.get(open) ?? new Histogram();
    histogram.record(latenessMs);
    this.#lateness.set(open, histogram);
  }

  #trouble(text: string): void {
    this.#troubled += 1;
    if (this.troubles.length < TROUBLES_KEPT) this.troubles.push(text);
  }

  #append(event: HistoryEvent, atMs?: number): void {
    this.#history.append(SOURCE, event, atMs === undefined ? undefined : this.#zeroMs + atMs);
  }
}

function writtenOf(record: AttemptRecord, ending: Ending, soldOutProductId: number | undefined): WriteResult {
  const { key, attempt, status } = record;
  const result = resultOf(ending);
  const written = { kind: "write.result", key, attempt, status } as const;
  if (soldOutProductId !== undefined) return { ...written, result, soldOutProductId };
  if (result !== "ok") return { ...written, result };
  const order = parseOrder(record.body);
  // An acknowledgement that names no order acknowledges nothing that could be looked up.
  return order === undefined ? { ...written, result: "info" } : { ...written, result, ...order };
}

function clashOf({ key, attempt, status, body }: AttemptRecord): WriteClash {
  const orderId = parseOrder(body)?.orderId;
  const clash = { kind: "write.clash", key, attempt, status, isRefused: status === 422 && isMismatch(body) } as const;
  return orderId === undefined ? clash : { ...clash, orderId };
}

function secondOf(ms: number): number {
  return Math.floor(Math.max(0, ms) / 1_000);
}

function cellOf(origin: Origin, page: Page, plannedMs: number): Cell {
  return { second: secondOf(plannedMs), lane: origin.lane, page, region: origin.region };
}

/** Why there was no answer, or what is wrong with the one that came. */
function errorOf(record: AttemptRecord, outcome: Outcome): Pick<LoadAttempt, "error"> {
  if (record.status === 0) return { error: `${record.errorCode} ${record.body.slice(0, 500)}` };
  if (outcome !== "error" || record.status >= 400) return {};
  return { error: `no order in the reply: ${record.body.slice(0, 200)}` };
}
