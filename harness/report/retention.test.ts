import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { pruneResults } from "./retention.ts";

let scenario = "";

beforeEach(async () => {
  scenario = await mkdtemp(join(tmpdir(), "doorbuster-retention-"));
});

afterEach(async () => {
  await rm(scenario, { recursive: true, force: true });
});

/** What a run leaves that was killed: its history, written for the last time so many minutes ago. */
async function history(name: string, minutesAgo: number, file = "history.jsonl"): Promise<void> {
  await mkdir(join(scenario, name), { recursive: true });
  await writeFile(join(scenario, name, file), "{}\n");
  const at = new Date(Date.now() - minutesAgo * 60_000);
  await utimes(join(scenario, name, file), at, at);
}

test("of runs that were killed the newest are kept, one that may live is never removed, nor what is no run's", async () => {
  for (const day of ["01", "02", "03", "04"]) await history(`202611${day}T040000-a1b2`, 600);
  await history("20260101T040000-lives", 1);
  await history("20260102T040000-other", 600, "notes.txt");
  await history("my-own-notes", 600);
  await mkdir(join(scenario, "20261201T040000-new"));
  const removed = await pruneResults(scenario, join(scenario, "20261201T040000-new"), 2);
  expect(removed).toEqual(["20261102T040000-a1b2", "20261101T040000-a1b2"]);
  expect((await readdir(scenario)).sort()).toEqual([
    "20260101T040000-lives",
    "20260102T040000-other",
    "20261103T040000-a1b2",
    "20261104T040000-a1b2",
    "20261201T040000-new",
    "my-own-notes",
  ]);
});
