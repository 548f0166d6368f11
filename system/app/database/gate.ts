import { NotExecutedError } from "./failures.ts";

interface Waiter {
  readonly admit: () => void;
}

/** Beyond this many waiters a place the queue is longer than anybody waits: refused at once. */
const WAITERS_PER_PLACE = 2;

/** Lets so many in at once; the others wait in line for a stated time. */
export class Gate {
  readonly #places: number;
  readonly #waiters = new Set<Waiter>();
  #taken = 0;

  constructor(places: number) {
    this.#places = places;
  }

  /** Resolves with a place; rejects when the line is full or the time is over. Each place is given back once. */
  async enter(waitMs: number): Promise<void> {
    if (this.#taken < this.#places) {
      this.#taken += 1;
      return;
    }
    if (this.#waiters.size >= this.#places * WAITERS_PER_PLACE) throw new NotExecutedError("the line is full");
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiters.delete(waiter);
        reject(new NotExecutedError(`no connection within ${Math.round(waitMs)} ms`));
      }, waitMs);
      const waiter: Waiter = {
        admit: () => {
          clearTimeout(timer);
          resolve();
        },
      };
      this.#waiters.add(waiter);
    });
  }

  leave(): void {
    const [next] = this.#waiters;
    if (next === undefined) {
      this.#taken -= 1;
      return;
    }
    // The place goes from hand to hand: nobody who comes now can overtake the line.
    this.#waiters.delete(next);
    next.admit();
  }

  get waiting(): number {
    return this.#waiters.size;
  }

  get taken(): number {
    return this.#taken;
  }
}
