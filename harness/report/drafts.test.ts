import { spawnSync } from "node:child_process";
import { lutimes, mkdir, mkdtemp, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { draftOf, sweepDrafts } from "./drafts.ts";

const LONG_AGO = new Date(Date.now() - 60_000);

test("what a killed harness has half written is removed, and nothing of one that lives, nor what is no draft", async () => {
  const results = await mkdtemp(join(tmpdir(), "doorbuster-drafts-"));
  try {
    const run = join(results, "black-friday", "20261127T040000-a");
    await mkdir(join(run, "logs"), { recursive: true });
    // Ended and waited for: nobody has this number now.
    const { pid } = spawnSync("true");
    const dead = (path: string): string => `${path}.${pid}-0badcafe.draft`;
    const left = [dead(join(run, "report.html")), dead(join(run, "logs", "edge.log.gz"))];
    const kept = [draftOf(join(run, "junit.xml")), join(run, "notes.draft"), join(run, "history.jsonl")];
    for (const path of [...left, ...kept]) {
      await writeFile(path, "half");
      await utimes(path, LONG_AGO, LONG_AGO);
    }
    const link = dead(join(results, "black-friday", "latest"));
    await symlink("20261127T040000-a", link);
    await lutimes(link, LONG_AGO, LONG_AGO);
    await writeFile(dead(join(run, "just-now")), "somebody on another machine may write it");
    expect((await sweepDrafts(results)).toSorted()).toEqual([...left, link].toSorted());
    expect(await sweepDrafts(results)).toEqual([]);
    expect(await sweepDrafts(join(results, "nowhere"))).toEqual([]);
  } finally {
    await rm(results, { recursive: true });
  }
});
