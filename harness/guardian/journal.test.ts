import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Failure } from "#core/errors.ts";
import type { JournalEntry } from "#core/journal.ts";
import { identityOf } from "#harness/ownership/index.ts";
import { smallDisk } from "#harness/testing/small-disk.ts";
import { createJournal, journalPath, readJournal, recordLine, reopenJournal } from "./journal.ts";

let state = "";
beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), "doorbuster-journal-"));
});
afterEach(() => rm(state, { recursive: true, force: true }));

/** A journal with three folders in it, closed. */
async function written(): Promise<string> {
  await using journal = await createJournal(state, "run-1");
  await journal.write({ verb: "folder", path: "/a" });
  await journal.write({ verb: "folder", path: "/b" });
  await journal.write({ verb: "folder", path: "/c" });
  return journal.path;
}

describe("a journal", () => {
  test("begins with whose run it is, and gives back what was written in its order", async () => {
    const { entries, damaged, ended } = await readJournal(await written());
    expect(entries[0]).toEqual({ verb: "run", runId: "run-1", harness: identityOf(process.pid) });
    expect(entries.slice(1).map((entry) => "path" in entry && entry.path)).toEqual(["/a", "/b", "/c"]);
    expect({ damaged, ended }).toEqual({ damaged: 0, ended: false });
  });

  test("keeps entries that are written at once, all of them and in order", async () => {
    await using journal = await createJournal(state, "run-2");
    const names = Array.from({ length: 200 }, (_, i) => `/${i}`);
    await Promise.all(names.map((path) => journal.write({ verb: "folder", path })));
    const { entries } = await readJournal(journal.path);
    expect(entries.slice(1).map((entry) => "path" in entry && entry.path)).toEqual(names);
  });

  test("is readable at every length that a crash may have left", async () => {
    const path = await written();
    const whole = await readFile(path);
    for (let bytes = whole.length - 1; bytes > whole.indexOf("\n") + 1; bytes -= 1) {
      await truncate(path, bytes);
      const { entries, damaged } = await readJournal(path);
      const lines = whole.subarray(0, bytes).toString().split("\n").slice(1);
      // Only the newline may be missing from a last line that still counts.
      const last = lines.at(-1) === "" ? 0 : 1;
      expect([lines.length - 1, lines.length]).toContain(entries.length);
      expect(damaged).toBe(lines.length - (last === 0 ? 1 : 0) - entries.length);
    }
  });

  test("passes over a damaged line and still acts on those behind it", async () => {
    const path = await written();
    await writeFile(path, (await readFile(path, "utf8")).replace('"/b"', '"/x"'));
    const { entries, damaged } = await readJournal(path);
    expect(entries.slice(1).map((entry) => "path" in entry && entry.path)).toEqual(["/a", "/c"]);
    expect(damaged).toBe(1);
  });

  test("passes over verbs that it does not know and shapes that are not whole", async () => {
    const path = await written();
    for (const line of [
      '{"verb":"shell","command":"rm -rf /"}',
      '{"verb":"folder"}',
      '{"verb":"process","name":"x"}',
    ]) {
      await appendFile(path, recordLine(JSON.parse(line)));
    }
    const { entries, damaged } = await readJournal(path);
    expect({ entries: entries.length, damaged }).toEqual({ entries: 4, damaged: 3 });
  });

  const FAULT = {
    verb: "fault",
    id: "slow",
    description: "a fault",
    deadlineMs: 1,
    undo: { kind: "remove-toxics", api: "http://127.0.0.1:8474", toxics: [{ proxy: "a", toxic: "fault-slow" }] },
  } as const;
  const withApi = (kind: string, api: unknown) => ({
    ...FAULT,
    undo: { kind, api, toxics: FAULT.undo.toxics, proxies: ["a"] },
  });
  const strangers = [
    "http://production.example:8474",
    "http://127.0.0.1:8474.example",
    "http://127.0.0.1@production.example:8474",
    "http://127.0.0.1:8474/proxies?",
    "http://127.0.0.1",
    "http://127.0.0.1:0",
    "http://127.0.0.1:99999",
    "http://localhost:8474",
    "http://[::1]:8474",
    "http://169.254.169.254:80",
    "https://127.0.0.1:8474",
    "file:///etc/passwd",
    "unix:/var/run/docker.sock",
    "127.0.0.1:8474",
    "",
    8_474,
    undefined,
  ];

  test.each([
    ...strangers.flatMap((api) => [withApi("remove-toxics", api), withApi("enable-proxies", api)]),
    ...[undefined, null, 0, -1, "60000"].map((deadlineMs) => ({ ...FAULT, deadlineMs })),
  ])("does not act on a fault whose undo would ask a stranger, or that has no end: %j", async (fault) => {
    const path = await written();
    await appendFile(path, [FAULT, fault].map((each) => recordLine(each as JournalEntry)).join(""));
    const { entries, damaged } = await readJournal(path);
    expect(entries.slice(4)).toEqual([FAULT]);
    expect(damaged).toBe(1);
  });

  test("begins on a fresh line behind a torn one", async () => {
    const path = await written();
    await appendFile(path, '57 0000aaaa {"verb":"fol');
    await using journal = await reopenJournal(path);
    await journal.write({ verb: "end" });
    expect(await readJournal(path)).toMatchObject({ damaged: 1, ended: true });
  });

  test("of a newer format is refused, not guessed at", async () => {
    const path = await written();
    await writeFile(path, (await readFile(path, "utf8")).replace("doorbuster-journal 1", "doorbuster-journal 2"));
    await expect(readJournal(path)).rejects.toThrow(/newer version/);
  });

  test("is refused where one of this run exists already", async () => {
    await written();
    await expect(createJournal(state, "run-1")).rejects.toThrow(/EEXIST/);
    expect((await readJournal(journalPath(state, "run-1"))).entries).toHaveLength(4);
  });

  test("on a full disk refuses what it cannot sync, and goes on when there is room again", async (context) => {
    using disk = smallDisk(64);
    if (disk === undefined) return context.skip("nobody may mount a file system here");
    await using journal = await createJournal(disk.path, "full");
    await journal.write({ verb: "folder", path: "/before" });
    const makeRoom = disk.fill();
    // The last page of the journal still has room for some of these; then none is left.
    let refused: unknown;
    let kept = 0;
    while (refused === undefined && kept < 20) {
      const path = `/${String(kept).padStart(4, "0")}${"x".repeat(1_000)}`;
      refused = await journal.write({ verb: "folder", path }).catch((thrown: unknown) => thrown);
      if (refused === undefined) kept += 1;
    }
    expect(refused).toBeInstanceOf(Failure);
    expect(String(refused)).toMatch(/could not be written: ENOSPC[\s\S]*Free space on that disk/);
    makeRoom();
    await journal.write({ verb: "folder", path: "/after" });
    const { entries } = await readJournal(journal.path);
    const paths = entries.slice(1).map((entry) => ("path" in entry ? entry.path : ""));
    // Of the one that was refused nothing is read, so that nobody undoes what was never done.
    expect(paths).toHaveLength(kept + 2);
    expect([paths[0], paths.at(-1)]).toEqual(["/before", "/after"]);
  });

  test("that cannot be begun on a full disk leaves no folder", async (context) => {
    using disk = smallDisk(64);
    if (disk === undefined) return context.skip("nobody may mount a file system here");
    await mkdir(join(disk.path, "runs"));
    disk.fill();
    await expect(createJournal(disk.path, "never")).rejects.toThrow(/no journal could be begun[\s\S]*ENOSPC/);
    expect(await readdir(join(disk.path, "runs"))).toEqual([]);
  });
});
