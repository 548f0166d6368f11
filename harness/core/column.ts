/** Places that a column has at first; it doubles. */
const FIRST_PLACES = 1_024;

/**
 * Numbers one behind the other, two bytes each for as long as all of them are whole and small, eight bytes from the first
 * on that is not: what a long history has millions of takes no more memory than that.
 */
export class Column {
  #values: Uint16Array | Float64Array = new Uint16Array(FIRST_PLACES);
  length = 0;

  push(value: number): void {
    if (this.length === this.#values.length) this.#move(2 * this.length);
    this.set(this.length, value);
    this.length += 1;
  }

  /** Puts a number where one is already, or where the next would be. */
  set(index: number, value: number): void {
    this.#values[index] = value;
    if (Object.is(this.#values[index], value) || this.#values instanceof Float64Array) return;
    this.#values = Float64Array.from(this.#values);
    this.#values[index] = value;
  }

  at(index: number): number {
    return index < this.length ? (this.#values[index] ?? Number.NaN) : Number.NaN;
  }

  /** Gives back the room that was kept for more numbers. */
  close(): void {
    this.#move(Math.max(this.length, 1));
  }

  #move(places: number): void {
    const moved = this.#values instanceof Float64Array ? new Float64Array(places) : new Uint16Array(places);
    moved.set(this.#values.subarray(0, places));
    this.#values = moved;
  }
}

/** For each row some numbers, one behind the other. */
export class Lists {
  /** Numbers of row `i` lie from `ends[i - 1]` to `ends[i]`. */
  readonly #ends = new Column();
  readonly #values = new Column();

  push(values: readonly number[]): void {
    for (const value of values) this.#values.push(value);
    this.#ends.push(this.#values.length);
  }

  at(row: number): number[] {
    const from = row === 0 ? 0 : this.#ends.at(row - 1);
    return Array.from({ length: this.#ends.at(row) - from }, (_, index) => this.#values.at(from + index));
  }

  close(): void {
    this.#ends.close();
    this.#values.close();
  }
}
