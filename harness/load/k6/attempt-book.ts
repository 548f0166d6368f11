import type { DoorLine } from "#core/witnesses.ts";
import type { AttemptRecord } from "./parse.ts";

/**
 * A full-length run has 170,000 attempts, one at 1:250 has 230,000; ten times that is a load of another kind, and would
 * take more memory than a harness may have beside a shop (some 200 bytes an attempt).
 */
const MOST_ATTEMPTS = 2_000_000;

/** Columns grow by this factor: doubling would leave half of them empty. */
const GROWTH = 1.5;

/** Every attempt of a run in a few columns: as objects they would take four times the memory. */
export class AttemptBook {
  readonly #indexes = new Map<string, number>();
  #status = new Int16Array(65_536);
  #sentMs = new Float64Array(65_536);
  #endedMs = new Float64Array(65_536);
  #flags = new Uint8Array(65_536);
  #lines = new Uint8Array(65_536);
  #answered = new Uint8Array(65_536);
  #equal = new Uint8Array(65_536);
  #lineStatus = new Int16Array(65_536);
  /** When the last of them ended. */
  lastMs = Number.NEGATIVE_INFINITY;

  get size(): number {
    return this.#indexes.size;
  }

  /** @throws RangeError when there are more than anybody planned for, or one comes twice: its id is then nobody's. */
  add(name: string, { status, sentMs, endedMs, page, fresh }: AttemptRecord): void {
    if (this.size >= MOST_ATTEMPTS) throw new RangeError(`the generator recorded more than ${MOST_ATTEMPTS} attempts`);
    if (this.#indexes.has(name)) throw new RangeError(`the generator recorded attempt ${name} twice`);
    const i = this.size;
    this.#indexes.set(name, i);
    if (i === this.#status.length) this.#grow();
    this.#status[i] = status;
    this.#sentMs[i] = sentMs;
    this.#endedMs[i] = endedMs;
    // Go sends again what has no body or an idempotency key, and only where an older connection carried it first.
    const isResendable = page !== "add" && !fresh;
    // Twins are dated by k6's own timings, which begin a little after the sending: no proof for a clock.
    const isDated = page !== "checkout";
    this.#flags[i] = (isResendable ? 1 : 0) | (isDated ? 2 : 0);
    this.lastMs = Math.max(this.lastMs, endedMs);
  }

  #grow(): void {
    const length = Math.ceil(this.#status.length * GROWTH);
    const longer = <T extends { set(from: T): void }>(from: T, to: T): T => {
      to.set(from);
      return to;
    };
    this.#status = longer(this.#status, new Int16Array(length));
    this.#sentMs = longer(this.#sentMs, new Float64Array(length));
    this.#endedMs = longer(this.#endedMs, new Float64Array(length));
    this.#flags = longer(this.#flags, new Uint8Array(length));
    this.#lines = longer(this.#lines, new Uint8Array(length));
    this.#answered = longer(this.#answered, new Uint8Array(length));
    this.#equal = longer(this.#equal, new Uint8Array(length));
    this.#lineStatus = longer(this.#lineStatus, new Int16Array(length));
  }

  /** Notes a line of the door's log; undefined when no attempt has this name. */
  see(name: string, { status, isWhole, hasAnswered }: DoorLine): SeenAttempt | undefined {
    const i = this.#indexes.get(name);
    if (i === undefined) return undefined;
    const own = this.#status[i] ?? 0;
    this.#lines[i] = Math.min(255, (this.#lines[i] ?? 0) + 1);
    if (hasAnswered) this.#answered[i] = Math.min(255, (this.#answered[i] ?? 0) + 1);
    if (own === status) this.#equal[i] = Math.min(255, (this.#equal[i] ?? 0) + 1);
    this.#lineStatus[i] = status;
    const isFirst = this.#lines[i] === 1;
    const isProof = isFirst && isWhole && own === status && ((this.#flags[i] ?? 0) & 2) !== 0;
    return { isProof, sentMs: this.#sentMs[i] ?? 0, endedMs: this.#endedMs[i] ?? 0 };
  }

  /** Each attempt with what the door's log has of it. */
  *all(): Generator<JoinedAttempt> {
    for (const [name, i] of this.#indexes) {
      yield {
        name,
        status: this.#status[i] ?? 0,
        endedMs: this.#endedMs[i] ?? 0,
        isResendable: ((this.#flags[i] ?? 0) & 1) !== 0,
        lines: this.#lines[i] ?? 0,
        answered: this.#answered[i] ?? 0,
        equal: this.#equal[i] ?? 0,
        lineStatus: this.#lineStatus[i] ?? 0,
      };
    }
  }
}

interface SeenAttempt {
  /** Its times and the line's bound the difference of the two clocks. */
  readonly isProof: boolean;
  readonly sentMs: number;
  readonly endedMs: number;
}

export interface JoinedAttempt {
  readonly name: string;
  /** 0 without an answer. */
  readonly status: number;
  readonly endedMs: number;
  /** The HTTP client may have sent it more than once by itself. */
  readonly isResendable: boolean;
  /** Lines of the door's log; of these, those that tell of an answer, and those with the attempt's own status. */
  readonly lines: number;
  readonly answered: number;
  readonly equal: number;
  /** Of the last line. */
  readonly lineStatus: number;
}
