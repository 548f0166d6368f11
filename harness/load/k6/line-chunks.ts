import { open } from "node:fs/promises";

/** One read: large enough that a file of 100 MB is some four hundred of them, small enough to cost no memory. */
const CHUNK_BYTES = 256 * 1_024;

/** The whole lines of a file that nobody writes to any more, by the read. A last line without an end counts as one. */
export async function* lineChunks(path: string): AsyncGenerator<readonly string[]> {
  await using file = await open(path, "r");
  const buffer = Buffer.alloc(CHUNK_BYTES);
  let rest: Buffer = Buffer.alloc(0);
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES);
    if (bytesRead === 0) break;
    const text = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
    const end = text.lastIndexOf(0x0a);
    rest = text.subarray(end + 1);
    if (end !== -1) yield text.toString("utf8", 0, end).split("\n");
  }
  if (rest.length > 0) yield [rest.toString("utf8")];
}
