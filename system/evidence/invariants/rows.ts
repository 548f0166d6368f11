/** Rows of a book, one behind the other. A list is one; so is the text of a list of which a row is parsed when it is asked for. */
export interface Rows<Row> extends Iterable<Row> {
  readonly length: number;
  at(index: number): Row | undefined;
}

/**
 * A list as the JSON text that it was written as. As objects the large books of a long run take four times the memory of
 * their text, and most rows are looked at once. Rows have the form that `parse` promises; the text is JSON.
 */
export class TextRows<Row> implements Rows<Row> {
  readonly #text: Buffer;
  readonly #starts: Uint32Array;
  readonly #parse: (text: string) => Row;
  readonly length: number;

  /** @param starts where each row begins in the text, and behind the last where the text of the list ends. */
  constructor(text: Buffer, starts: Uint32Array, parse: (text: string) => Row) {
    this.#text = text;
    this.#starts = starts;
    this.#parse = parse;
    this.length = Math.max(0, starts.length - 1);
  }

  at(index: number): Row | undefined {
    const [from, next] = [this.#starts[index], this.#starts[index + 1]];
    if (from === undefined || next === undefined) return undefined;
    return this.#parse(this.#text.toString("utf8", from, valueEnd(this.#text, from)));
  }

  *[Symbol.iterator](): Generator<Row> {
    for (let index = 0; index < this.length; index += 1) {
      const row = this.at(index);
      if (row !== undefined) yield row;
    }
  }
}

/**
 * Finds rows by a key of theirs. It keeps their places and not the rows; where a key comes twice the later row counts, in
 * the place of the first, as in a `Map`.
 */
export class RowIndex<Row> {
  readonly #rows: Rows<Row>;
  readonly #places = new Map<string, number>();

  constructor(rows: Rows<Row>, keyOf: (row: Row) => string) {
    this.#rows = rows;
    let place = 0;
    for (const row of rows) {
      this.#places.set(keyOf(row), place);
      place += 1;
    }
  }

  has(key: string): boolean {
    return this.#places.has(key);
  }

  get(key: string): Row | undefined {
    const place = this.#places.get(key);
    return place === undefined ? undefined : this.#rows.at(place);
  }

  *values(): Generator<Row> {
    for (const place of this.#places.values()) {
      const row = this.#rows.at(place);
      if (row !== undefined) yield row;
    }
  }
}

const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const BACKSLASH = 92;
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [91, 93, 123, 125];
const SPACES: readonly (number | undefined)[] = [32, 9, 10, 13];

/** The text of a member of the object that a line of JSON is; of several with that name the last, as `JSON.parse` has it. */
export function memberText(line: Buffer, name: string): Buffer | undefined {
  let found: Buffer | undefined;
  let at = skipSpaces(line, skipSpaces(line, 0) + 1);
  while (at < line.length && line[at] !== CLOSE_OBJECT) {
    const nameEnd = valueEnd(line, at);
    const here: unknown = JSON.parse(line.toString("utf8", at, nameEnd));
    const from = skipSpaces(line, line.indexOf(COLON, nameEnd) + 1);
    const end = valueEnd(line, from);
    if (here === name) found = line.subarray(from, end);
    at = skipSpaces(line, end);
    if (line[at] === COMMA) at = skipSpaces(line, at + 1);
  }
  return found;
}

/** Where the rows of a list begin in its text, and the end of that; undefined when the text is no list. */
export function rowStarts(text: Buffer): Uint32Array | undefined {
  if (text[0] !== OPEN_LIST) return undefined;
  const starts: number[] = [];
  let at = skipSpaces(text, 1);
  while (at < text.length && text[at] !== CLOSE_LIST) {
    starts.push(at);
    at = skipSpaces(text, valueEnd(text, at));
    if (text[at] === COMMA) at = skipSpaces(text, at + 1);
  }
  return Uint32Array.from([...starts, text.length]);
}

function skipSpaces(text: Buffer, from: number): number {
  let at = from;
  while (at < text.length && SPACES.includes(text[at])) at += 1;
  return at;
}

/** Behind the value that begins here. */
function valueEnd(text: Buffer, from: number): number {
  if (text[from] === QUOTE) return stringEnd(text, from);
  let depth = 0;
  let at = from;
  while (at < text.length) {
    const byte = text[at];
    if (byte === QUOTE) {
      at = stringEnd(text, at);
      continue;
    }
    if (byte === OPEN_LIST || byte === OPEN_OBJECT) depth += 1;
    else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) {
      if (depth === 0) return at;
      depth -= 1;
      if (depth === 0) return at + 1;
    } else if (depth === 0 && (byte === COMMA || SPACES.includes(byte))) return at;
    at += 1;
  }
  return at;
}

/** Behind the closing quote. */
function stringEnd(text: Buffer, from: number): number {
  let at = from + 1;
  while (at < text.length && text[at] !== QUOTE) at += text[at] === BACKSLASH ? 2 : 1;
  return at + 1;
}
