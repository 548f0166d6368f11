import { mkdir, mkdtemp, readdir, readlink, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { compareFolders } from "./compare-folders.ts";
import { packHistory, unpackHistory } from "./history-file.ts";
import { readResult } from "./read.ts";
import { exampleRun } from "./testing/history.ts";
import { writeResult } from "./write.ts";

let scenario: string;
// Thirty seconds are enough for the files; their content has tests of its own.
const run = exampleRun("held", 30);

beforeEach(async () => {
  scenario = await mkdtemp(join(tmpdir(), "doorbuster-report-"));
});
afterEach(async () => {
  await rm(scenario, { recursive: true, force: true });
});

test("a folder is written whole, with its sizes, and is read back as it was", async () => {
  const folder = join(scenario, "20261127T040000-a");
  const { files, bytes } = await writeResult(folder, run);
  expect((await readdir(folder)).sort()).toEqual(
    [
      "history.jsonl.gz",
      "junit.xml",
      "postmortem-draft.md",
      "report.html",
      "result.json",
      "summary.md",
      "timeseries.csv",
    ].sort(),
  );
  expect(bytes).toBe(files.reduce((sum, file) => sum + file.bytes, 0));
  expect(await readResult(folder)).toEqual(JSON.parse(JSON.stringify(run)));
  expect(await readlink(join(scenario, "latest"))).toBe("20261127T040000-a");
});

test("latest follows the newest run, and an old one that is rendered again does not take its place", async () => {
  for (const name of ["20261127T040000-a", "20261128T040000-b", "20261127T040000-a"])
    await writeResult(join(scenario, name), run);
  expect(await readlink(join(scenario, "latest"))).toBe("20261128T040000-b");
});

test("only the last runs are kept, and only what a run of ours has written is ever removed", async () => {
  const outside = await mkdtemp(join(tmpdir(), "doorbuster-outside-"));
  await writeFile(join(outside, "result.json"), '{"schema":"doorbuster/result/1"}');
  await mkdir(join(scenario, "20200101T000000-notes"));
  await writeFile(
    join(scenario, "20200101T000000-notes", "result.json"),
    '{"schema":"somebody/else/1","x":"doorbuster/result/1"}',
  );
  await mkdir(join(scenario, "20200102T000000-empty"));
  await writeFile(join(scenario, "20200103T000000-file"), "kept");
  await symlink(outside, join(scenario, "20200104T000000-link"));
  for (const day of ["01", "02", "03", "04"])
    await writeResult(join(scenario, `202611${day}T040000-a`), run, { keep: 2 });
  expect((await readdir(scenario)).sort()).toEqual([
    "20200101T000000-notes",
    "20200102T000000-empty",
    "20200103T000000-file",
    "20200104T000000-link",
    "20261103T040000-a",
    "20261104T040000-a",
    "latest",
  ]);
  expect(await readdir(outside)).toEqual(["result.json"]);
  await rm(outside, { recursive: true });
});

test("a result that breaks its own schema is refused before anything is written", async () => {
  const folder = join(scenario, "20261127T040000-a");
  const wrong = { ...run, result: JSON.parse(JSON.stringify({ ...run.result, verdict: "fine" })) };
  await expect(writeResult(folder, wrong)).rejects.toThrow(/verdict/);
  expect(await readdir(scenario)).toEqual([]);
});

test("a folder that is none of ours is refused with what is wrong and what to do", async () => {
  await expect(readResult(scenario)).rejects.toThrow(/has no result.json[\s\S]*Name a run folder/);
  const folder = join(scenario, "20261127T040000-a");
  await writeResult(folder, run);
  await writeFile(join(folder, "history.jsonl.gz"), gzipSync('{"kind":"nothing"}\n'));
  await expect(readResult(folder)).rejects.toThrow(/line 1 is no record/);
  await writeFile(join(folder, "result.json"), "{");
  await expect(readResult(folder)).rejects.toThrow(/result.json/);
});

test("files that would fill the memory, never end or run for years are refused, and so is a broken archive", async () => {
  const folder = join(scenario, "20261127T040000-a");
  await writeResult(folder, run);
  await writeFile(join(folder, "history.jsonl.gz"), gzipSync(Buffer.alloc(50_000_000)));
  await expect(readResult(folder)).rejects.toThrow(/history.jsonl.gz cannot be unpacked/);
  await writeFile(join(folder, "history.jsonl.gz"), "no archive");
  await expect(readResult(folder)).rejects.toThrow(/history.jsonl.gz cannot be unpacked/);
  const { scenario: told } = run.result;
  const years = { ...told, load: { ...told.load, phases: [{ name: "peak", forMs: 1e12, users: 1 }] } };
  await writeFile(join(folder, "result.json"), JSON.stringify({ ...run.result, scenario: years }));
  await expect(readResult(folder)).rejects.toThrow(/longer than a day/);
  await rm(join(folder, "result.json"));
  await symlink("/dev/zero", join(folder, "result.json"));
  await expect(readResult(folder)).rejects.toThrow(/no regular file/);
});

test("a history whose last line a crash cut off is read up to there", () => {
  const records = run.records.slice(0, 10);
  const text = records.map((record) => JSON.stringify(record)).join("\n");
  expect(unpackHistory(gzipSync(text.slice(0, -5)), "h")).toEqual(JSON.parse(JSON.stringify(records.slice(0, 9))));
  expect(unpackHistory(packHistory(records), "h")).toHaveLength(10);
});

test("two folders are compared as text and as a page", async () => {
  const [a, b] = [join(scenario, "20261127T040000-a"), join(scenario, "20261127T050000-b")];
  await writeResult(a, run);
  await writeResult(b, exampleRun("broken", 30));
  const { text, page } = await compareFolders(a, b);
  expect(text).toContain("monolith");
  expect(page).toContain("What happened, when?");
});
