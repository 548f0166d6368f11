import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { isDeclined } from "./decline.ts";
import { answerDelayMs } from "./delay.ts";
import type { Capture, Ledger } from "./ledger.ts";

export interface CaptureRequest {
  readonly idempotencyKey: string;
  readonly orderKey: string;
  readonly amountCents: number;
}

export type CaptureAnswer =
  | { readonly kind: "captured"; readonly capture: Capture }
  | { readonly kind: "replayed"; readonly capture: Capture }
  /** The bank said no, and says so to every repetition: nothing was taken. */
  | { readonly kind: "declined" }
  /** The key was used for another order or amount: nothing was taken. */
  | { readonly kind: "mismatch" };

/**
 * Takes money (unless the bank declines the card) once for each idempotency key. A second request for a key that is still on its way waits for the same
 * answer; one for a finished key gets the answer of the first. Whether the client still listens makes no difference:
 * what it began is carried through, as a bank would.
 */
export class Captures {
  readonly #ledger: Ledger;
  readonly #seed: string;
  readonly #declinedShare: number;
  readonly #underWay = new Map<string, { readonly request: CaptureRequest; readonly done: Promise<Capture> }>();

  constructor(ledger: Ledger, seed: string, declinedShare: number) {
    this.#ledger = ledger;
    this.#seed = seed;
    this.#declinedShare = declinedShare;
  }

  get underWay(): number {
    return this.#underWay.size;
  }

  async capture(request: CaptureRequest): Promise<CaptureAnswer> {
    const earlier = this.#ledger.find(request.idempotencyKey);
    const twin = this.#underWay.get(request.idempotencyKey);
    const known = earlier ?? twin?.request;
    if (known !== undefined && (known.orderKey !== request.orderKey || known.amountCents !== request.amountCents)) {
      return { kind: "mismatch" };
    }
    if (earlier !== undefined) {
      // An answer from the provider's memory takes its time as well: it crosses the same systems.
      await sleep(answerDelayMs(this.#seed, request.orderKey));
      return told("replayed", earlier);
    }
    if (twin !== undefined) return told("replayed", await twin.done);
    const done = this.#take(request).finally(() => this.#underWay.delete(request.idempotencyKey));
    this.#underWay.set(request.idempotencyKey, { request, done });
    return told("captured", await done);
  }

  async #take(request: CaptureRequest): Promise<Capture> {
    await sleep(answerDelayMs(this.#seed, request.orderKey));
    const capture: Capture = {
      captureId: randomUUID(),
      ...request,
      at: new Date().toISOString(),
      ...(isDeclined(this.#seed, request.orderKey, this.#declinedShare) ? { declined: true } : {}),
    };
    await this.#ledger.append(capture);
    return capture;
  }
}

function told(kind: "captured" | "replayed", capture: Capture): CaptureAnswer {
  return capture.declined === true ? { kind: "declined" } : { kind, capture };
}
