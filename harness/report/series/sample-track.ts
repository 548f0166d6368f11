/** A value a second; undefined where nothing was sampled, which is not the same as zero. */
export type Values = readonly (number | undefined)[];

/**
 * Over how long a gap a rate or a state is still believed. Sources are read once a second; five readings may be late or
 * lost beside a saturated shop, a longer silence is shown as one.
 */
const LONGEST_GAP_MS = 5_000;

/** One key of one node, by second. */
export class SampleLine {
  readonly values: (number | undefined)[] = [];
  readonly #kind: "counter" | "state";
  readonly #seconds: number;
  #lastAt = Number.NEGATIVE_INFINITY;
  #lastValue = 0;

  constructor(kind: "counter" | "state", seconds: number) {
    this.#kind = kind;
    this.#seconds = seconds;
  }

  /** `atMs` counts from the first planned request; samples come in the order of time. */
  add(atMs: number, value: number): void {
    const gapMs = atMs - this.#lastAt;
    if (gapMs <= 0) return;
    const believed = gapMs <= LONGEST_GAP_MS;
    if (this.#kind === "state") {
      if (believed) this.#fill(this.#lastAt + 1_000, atMs - 1, this.#lastValue);
      this.#fill(atMs, atMs, value);
    } else if (believed) {
      // A counter that went down was restarted: what it shows now was counted since then.
      const grown = value >= this.#lastValue ? value - this.#lastValue : value;
      this.#fill(this.#lastAt + 1, atMs, (grown * 1_000) / gapMs);
    }
    this.#lastAt = atMs;
    this.#lastValue = value;
  }

  #fill(fromMs: number, toMs: number, value: number): void {
    const last = Math.min(this.#seconds - 1, Math.floor(toMs / 1_000));
    for (let second = Math.max(0, Math.floor(fromMs / 1_000)); second <= last; second += 1) this.values[second] = value;
  }
}

/** Turns the samples of many nodes into one track: counters become rates a second, states are held; nodes are summed or the largest is taken. */
export class SampleTrack {
  readonly #lines: SampleLine[] = [];
  readonly #kind: "counter" | "state";
  readonly #join: "sum" | "max";
  readonly #seconds: number;

  constructor(kind: "counter" | "state", join: "sum" | "max", seconds: number) {
    this.#kind = kind;
    this.#join = join;
    this.#seconds = seconds;
  }

  /** A new line of this track: for one key of one node. */
  line(): SampleLine {
    const line = new SampleLine(this.#kind, this.#seconds);
    this.#lines.push(line);
    return line;
  }

  values(): (number | undefined)[] {
    const joined: (number | undefined)[] = new Array(this.#seconds).fill(undefined);
    for (const line of this.#lines) {
      for (let second = 0; second < this.#seconds; second += 1) {
        const value = line.values[second];
        if (value === undefined) continue;
        const before = joined[second];
        if (before === undefined) joined[second] = value;
        else joined[second] = this.#join === "sum" ? before + value : Math.max(before, value);
      }
    }
    return joined;
  }
}
