/** A value a second; undefined where nothing was sampled, which is not the same as zero. */
export type Values = readonly (number | undefined)[];

/**
 * Over how long a gap a rate or a state is still believed. Sources are read once a second; five readings may be late or
 * lost beside a saturated shop, a longer silence is shown as one.
 */
const LONGEST_GAP_MS = 5_000;

interface Line {
  readonly values: (number | undefined)[];
  lastAt: number;
  lastValue: number;
}

/** Turns the samples of many nodes into one track: counters become rates a second, states are held; nodes are summed or the largest is taken. */
export class SampleTrack {
  readonly #lines = new Map<string, Line>();
  readonly #kind: "counter" | "state";
  readonly #join: "sum" | "max";
  readonly #seconds: number;

  constructor(kind: "counter" | "state", join: "sum" | "max", seconds: number) {
    this.#kind = kind;
    this.#join = join;
    this.#seconds = seconds;
  }

  /** `line` is the node and key; `atMs` counts from the first planned request. */
  add(line: string, atMs: number, value: number): void {
    const known = this.#lines.get(line);
    if (known === undefined) {
      const fresh: Line = { values: [], lastAt: atMs, lastValue: value };
      this.#lines.set(line, fresh);
      if (this.#kind === "state") this.#fill(fresh, atMs, atMs, value);
      return;
    }
    const gapMs = atMs - known.lastAt;
    if (gapMs <= 0) return;
    if (gapMs <= LONGEST_GAP_MS) {
      if (this.#kind === "state") {
        this.#fill(known, known.lastAt + 1_000, atMs - 1, known.lastValue);
      } else {
        // A counter that went down was restarted: what it shows now was counted since then.
        const grown = value >= known.lastValue ? value - known.lastValue : value;
        this.#fill(known, known.lastAt + 1, atMs, (grown * 1_000) / gapMs);
      }
    }
    if (this.#kind === "state") this.#fill(known, atMs, atMs, value);
    known.lastAt = atMs;
    known.lastValue = value;
  }

  get sampled(): boolean {
    return this.#lines.size > 0;
  }

  values(): (number | undefined)[] {
    const joined: (number | undefined)[] = new Array(this.#seconds).fill(undefined);
    for (const line of this.#lines.values()) {
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

  #fill(line: Line, fromMs: number, toMs: number, value: number): void {
    const last = Math.min(this.#seconds - 1, Math.floor(toMs / 1_000));
    for (let second = Math.max(0, Math.floor(fromMs / 1_000)); second <= last; second += 1) line.values[second] = value;
  }
}
