import { createReadStream, createWriteStream } from "node:fs";
import { readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { draftOf } from "./drafts.ts";

/** What a person would not open in an editor without a thought; the logs of most parts are a hundredth of it. */
const LARGE_BYTES = 1_000_000;

/** Measured on 64 MB, the edge's log of 1:250: level 6 takes 0.45 s and leaves a fifteenth; level 1 takes 0.16 s and leaves 28 % more. */
const LEVEL = 6;

/**
 * Packs the large logs of a result folder: `edge.log` becomes `edge.log.gz`. Only when every part has ended: who still
 * writes would write into a file without a name. The plain file goes when the packed one is whole.
 */
export async function packLogs(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter((each) => each.endsWith(".log"))) {
    const path = join(folder, name);
    const { size } = await stat(path);
    if (size < LARGE_BYTES) continue;
    const draft = draftOf(`${path}.gz`);
    try {
      await pipeline(createReadStream(path), createGzip({ level: LEVEL }), createWriteStream(draft));
      await rename(draft, `${path}.gz`);
    } finally {
      await rm(draft, { force: true });
    }
    await rm(path);
  }
}
