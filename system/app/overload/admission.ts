import type { Log } from "../log.ts";

/** Kinds of work, the most important first. */
export type Work = "checkout" | "browse" | "background";

/** Why a request was turned away. */
export type Refusal = "full" | "late";

export interface Admission {
  /** Takes the request in (`undefined`) or says why not. Whoever was taken in leaves once. */
  enter(work: Work, budgetMs: number | undefined): Refusal | undefined;
  leave(work: Work): void;
  readonly inFlight: number;
  /** Share of the limit in use; 0 without a limit. */
  readonly load: number;
}

/**
 * A quarter of a core does some 700 pages a second: 64 in hand are done in 90 ms, half of what a page may take. More
 * than that in hand means that all of them come late.
 */
const MOST_IN_HAND = 64;
/** A quarter of the places is for checkouts alone. */
const MOST_WITHOUT_CHECKOUT = 48;
/** Reports wait for each other, not shoppers for reports. */
const MOST_BACKGROUND = 4;
/** Each kind of work must be begun this soon to be done in time: 200 ms for a page, 2 s for a checkout. */
const BUDGET_MS: Readonly<Record<Work, number>> = { checkout: 1_500, browse: 150, background: 50 };
/** One line of the story for a burst of refusals: it ends when none came for this long. */
const CALM_MS = 5_000;

/** Refuses at once what cannot be finished in time: a quick no is worth more to its user than a late yes. */
export class BoundedAdmission implements Admission {
  readonly #counts: Record<Work, number> = { checkout: 0, browse: 0, background: 0 };
  readonly #lateMs: () => number;
  readonly #log: Log;
  readonly #now: () => number;
  #lastRefusal = Number.NEGATIVE_INFINITY;
  #refused = 0;

  /** `lateMs` is how late the event loop runs at the moment: what was just taken in begins that much later. */
  constructor(lateMs: () => number, log: Log, now: () => number = () => performance.now()) {
    this.#lateMs = lateMs;
    this.#log = log;
    this.#now = now;
  }

  enter(work: Work, budgetMs: number | undefined): Refusal | undefined {
    const refusal = this.#refusal(work, budgetMs);
    if (refusal === undefined) this.#counts[work] += 1;
    else this.#tell(work, refusal);
    return refusal;
  }

  leave(work: Work): void {
    this.#counts[work] -= 1;
  }

  get inFlight(): number {
    return this.#counts.checkout + this.#counts.browse + this.#counts.background;
  }

  get load(): number {
    return this.inFlight / MOST_IN_HAND;
  }

  #refusal(work: Work, budgetMs: number | undefined): Refusal | undefined {
    if (this.inFlight >= MOST_IN_HAND) return "full";
    const others = this.#counts.browse + this.#counts.background;
    if (work !== "checkout" && others >= MOST_WITHOUT_CHECKOUT) return "full";
    if (work === "background" && this.#counts.background >= MOST_BACKGROUND) return "full";
    return this.#lateMs() > Math.min(budgetMs ?? Number.POSITIVE_INFINITY, BUDGET_MS[work]) ? "late" : undefined;
  }

  #tell(work: Work, refusal: Refusal): void {
    const now = this.#now();
    if (now - this.#lastRefusal > CALM_MS) {
      const before = this.#refused === 0 ? "" : `; ${this.#refused} refused the time before`;
      this.#refused = 0;
      this.#log.event("shedding-began", `${work}: ${refusal}, ${this.inFlight} in hand${before}`);
    }
    this.#refused += 1;
    this.#lastRefusal = now;
  }
}

/** Accepts whatever comes. */
export class OpenAdmission implements Admission {
  readonly load = 0;
  #inFlight = 0;

  enter(): undefined {
    this.#inFlight += 1;
    return undefined;
  }

  leave(): void {
    this.#inFlight -= 1;
  }

  get inFlight(): number {
    return this.#inFlight;
  }
}
