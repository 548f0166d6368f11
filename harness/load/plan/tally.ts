import type { Lane, Page } from "#core/history.ts";
import type { Region } from "#core/topology.ts";
import type { Timetable } from "./step.ts";

/** Where a planned request belongs in the history. */
export interface Cell {
  readonly second: number;
  readonly lane: Lane;
  readonly page: Page;
  readonly region: Region;
}

/** How many requests each cell of the plan holds, and how many of them have been accounted for. */
export class Tally {
  readonly #open = new Map<string, { readonly cell: Cell; count: number }>();
  readonly #bySecond: { planned: number; open: number; users: number }[] = [];
  #planned = 0;
  #clashes = 0;
  #openTotal = 0;
  readonly #lengthMs: number;

  constructor(lengthMs: number) {
    this.#lengthMs = lengthMs;
    for (let second = 0; second * 1_000 < lengthMs; second += 1) {
      this.#bySecond.push({ planned: 0, open: 0, users: 0 });
    }
  }

  add(timetable: Timetable): void {
    for (const step of timetable.steps) {
      const isLook = timetable.lane === "buyers" && step.ask.page === "order";
      const lane = isLook ? "looks" : timetable.lane;
      const cell = { second: Math.floor(step.atMs / 1_000), lane, page: step.ask.page, region: step.region };
      const key = keyOf(cell);
      const entry = this.#open.get(key) ?? { cell, count: 0 };
      entry.count += 1;
      this.#open.set(key, entry);
      const sum = this.#bySecond[cell.second];
      if (sum !== undefined) {
        sum.planned += 1;
        sum.open += 1;
      }
      if (step.ask.page === "checkout" && step.ask.submission === "clash") this.#clashes += 1;
      this.#planned += 1;
      this.#openTotal += 1;
    }
    if (timetable.lane !== "buyers") this.#addStay(timetable);
  }

  /** Counts the users of the crowd that are in the shop at the end of each second. */
  #addStay(timetable: Timetable): void {
    for (const [second, sum] of this.#bySecond.entries()) {
      const endMs = Math.min((second + 1) * 1_000, this.#lengthMs);
      if (timetable.arriveMs < endMs && timetable.leaveMs >= endMs) sum.users += 1;
    }
  }

  /** One planned request was sent or lost. False when the plan knows no such request: a record that cannot be true. */
  account(cell: Cell): boolean {
    const entry = this.#open.get(keyOf(cell));
    if (entry === undefined || entry.count === 0) return false;
    entry.count -= 1;
    const sum = this.#bySecond[cell.second];
    if (sum !== undefined) sum.open -= 1;
    this.#openTotal -= 1;
    return true;
  }

  second(second: number): { readonly planned: number; readonly open: number; readonly users: number } {
    return this.#bySecond[second] ?? { planned: 0, open: 0, users: 0 };
  }

  get seconds(): number {
    return this.#bySecond.length;
  }

  get planned(): number {
    return this.#planned;
  }

  /** Purchases whose key is to come back with another body; those attempts are extra, as retries and twins are. */
  get clashes(): number {
    return this.#clashes;
  }

  get accounted(): number {
    return this.#planned - this.#openTotal;
  }

  /** What was planned and never accounted for. */
  open(): readonly (Cell & { readonly count: number })[] {
    return [...this.#open.values()]
      .filter((entry) => entry.count > 0)
      .map((entry) => ({ ...entry.cell, count: entry.count }))
      .sort((a, b) => a.second - b.second);
  }
}

function keyOf(cell: Cell): string {
  return `${cell.second}/${cell.lane}/${cell.page}/${cell.region}`;
}
