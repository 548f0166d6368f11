import { mkdir, open, readdir, readlink, rename, rm, symlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Renderer, RunRecord } from "#core/result.ts";
import { draftOf } from "./drafts.ts";
import { packHistory } from "./history-file.ts";
import { page } from "./html/page.ts";
import { junit } from "./junit.ts";
import { postmortem } from "./postmortem.ts";
import { pruneResults } from "./retention.ts";
import { resultSchema } from "./schema.ts";
import { summary } from "./summary.ts";
import { timeseries } from "./timeseries.ts";

/** Everything that is derived from the record as text. */
export const renderers: readonly Renderer[] = [page, summary, junit, timeseries, postmortem];

export interface Written {
  /** Names relative to the folder, with their sizes. */
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
  readonly bytes: number;
}

/**
 * Writes the result folder: each file whole or not at all, `result.json` last, so that a folder that has one is
 * complete. Points `latest` at the newest run and keeps the last `keep` of this scenario (20 where nothing is said).
 * @throws ZodError when the result is not what the schema promises: our defect, and nothing was written.
 */
export async function writeResult(
  folder: string,
  record: RunRecord,
  { keep = 20 }: { readonly keep?: number } = {},
): Promise<Written> {
  const result = resultSchema.parse(record.result);
  await mkdir(folder, { recursive: true });
  const contents: (readonly [string, string | Buffer])[] = [
    ["history.jsonl.gz", packHistory(record.records)],
    ...renderers.map((renderer) => [renderer.file, renderer.render(record)] as const),
    ["result.json", `${JSON.stringify(result, undefined, 2)}\n`],
  ];
  const files: { name: string; bytes: number }[] = [];
  for (const [name, content] of contents) {
    files.push({ name, bytes: await writeWhole(join(folder, name), content) });
  }
  await pointLatest(folder);
  await pruneResults(dirname(folder), folder, keep);
  return { files, bytes: files.reduce((sum, file) => sum + file.bytes, 0) };
}

/** Beside the place, then renamed onto it: a reader sees the old file or the new one. */
async function writeWhole(path: string, content: string | Buffer): Promise<number> {
  const draft = draftOf(path);
  try {
    const file = await open(draft, "wx", 0o644);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
  return Buffer.byteLength(content);
}

/** `latest` beside the run folders. An older run that is rendered again does not become the latest by that. */
async function pointLatest(folder: string): Promise<void> {
  const place = join(dirname(folder), "latest");
  const name = basename(folder);
  const now = await readlink(place).catch(() => undefined);
  if (now !== undefined && now !== name && now > name) {
    // Names begin with the time. A link that leads nowhere any more is replaced all the same.
    const stands = (await readdir(dirname(folder))).includes(now);
    if (stands) return;
  }
  const draft = draftOf(place);
  try {
    await symlink(name, draft);
    await rename(draft, place);
  } finally {
    await rm(draft, { force: true });
  }
}
