import { open } from "node:fs/promises";

/** Reads a file that another process appends to. A line is given out when its end has been written. */
export interface Tail extends AsyncDisposable {
  /** Whole lines that came since the last call. */
  read(): Promise<readonly string[]>;
}

/** One read's buffer: two seconds of records at a thousand requests a second and 150 bytes each. */
const CHUNK_BYTES = 256 * 1_024;

/** Our script writes lines of 20 kB at most: a longer one was written by somebody else, or by a script gone wrong. */
const LONGEST_LINE = 1_048_576;

/** Stands for a line that was too long to be kept: it is no record, so whoever reads it will say so. */
const TOO_LONG = "a line of more than a megabyte";

export async function tailOf(path: string): Promise<Tail> {
  const file = await open(path, "r");
  const buffer = Buffer.alloc(CHUNK_BYTES);
  let rest: Buffer = Buffer.alloc(0);
  return {
    async read() {
      const lines: string[] = [];
      for (;;) {
        const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES);
        if (bytesRead === 0) return lines;
        const text = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
        const end = text.lastIndexOf(0x0a);
        if (end === -1) {
          // Without its beginning the rest of the line is no record either.
          if (text.length > LONGEST_LINE) {
            lines.push(TOO_LONG);
            rest = Buffer.alloc(0);
          } else rest = text;
          continue;
        }
        for (const line of text.toString("utf8", 0, end).split("\n")) lines.push(line);
        rest = text.subarray(end + 1);
      }
    },
    async [Symbol.asyncDispose]() {
      await file.close();
    },
  };
}
