import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { examineUnfinished, unfinishedLines } from "./unfinished.ts";

const ENTRY = join(import.meta.dirname, "..", "bin.js");
const JOURNAL = join(import.meta.dirname, "..", "guardian", "journal.ts");

let state = "";
beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), "doorbuster-unfinished-"));
});
afterEach(() => rm(state, { recursive: true, force: true }));

/** A program of ours to its end. */
async function run(argv: readonly string[]): Promise<{ readonly exitCode: number; readonly said: string }> {
  const { DOORBUSTER_PARENT: _, ...own } = process.env;
  const ended = Promise.withResolvers<{ readonly exitCode: number; readonly said: string }>();
  execFile(process.execPath, argv, { env: { ...own, DOORBUSTER_STATE: state } }, (error, stdout, stderr) =>
    ended.resolve({ exitCode: error === null ? 0 : Number(error.code), said: `${stdout}${stderr}` }),
  );
  return await ended.promise;
}

/** The journal of a run whose harness has ended without another word, or with the word that all is undone. */
async function leave(runId: string, last: "nothing" | "end"): Promise<string> {
  const { exitCode, said } = await run([
    "--input-type=module",
    "--eval",
    `const { createJournal } = await import(${JSON.stringify(JOURNAL)});
     const journal = await createJournal(${JSON.stringify(state)}, ${JSON.stringify(runId)});
     if (${last === "end"}) await journal.write({ verb: "end" });`,
  ]);
  expect(exitCode, said).toBe(0);
  return join(state, "runs", runId, "journal");
}

test("the bare list says in one line that a run was never finished, and touches nothing", async () => {
  const left = await leave("left-alone", "nothing");
  const ended = await leave("well-ended", "end");
  const { exitCode, said } = await run([ENTRY]);
  expect(exitCode).toBe(0);
  expect(said).toContain("black-friday");
  expect(said.split("\n").filter((line) => line.includes("never finished"))).toEqual([
    "run left-alone was never finished: `npm run scenario recover` cleans up what they left, and so does the next run",
  ]);
  expect([left, ended].map((path) => existsSync(path))).toEqual([true, true]);
});

test("the bare list says nothing of it where there is none, and makes no folder", async () => {
  await rm(state, { recursive: true });
  const { exitCode, said } = await run([ENTRY]);
  expect(exitCode).toBe(0);
  expect(said.trimEnd().split("\n").at(-1)).toMatch(/--help +all commands and options$/);
  expect(existsSync(state)).toBe(false);
});

test("the bare list is shown where nobody may look for such runs, and says why", async () => {
  await mkdir(join(state, "runs"));
  await chmod(state, 0o777);
  const { exitCode, said } = await run([ENTRY]);
  expect(exitCode).toBe(0);
  expect(said).toContain("black-friday");
  expect(said).toMatch(new RegExp(`${state}.*: mend that, then look again`));
});

test("where no run is unfinished there is nothing to mend, also when one may still live", async () => {
  const none = { lookForUnfinished: async () => [] };
  expect(await examineUnfinished(none)).toEqual({ name: "unfinished runs", ok: true, detail: "none" });
  const alive: Parameters<typeof examineUnfinished>[0] = {
    lookForUnfinished: async (say) => {
      say("run x was left alone: its guardian lives");
      return [];
    },
  };
  expect(await examineUnfinished(alive)).toMatchObject({
    ok: true,
    detail: "run x was left alone: its guardian lives",
  });
  expect(await unfinishedLines(alive)).toEqual([]);
});

test("the doctor has it as a line to mend, and touches nothing", async () => {
  const left = await leave("left-alone", "nothing");
  const { exitCode, said } = await run([ENTRY, "doctor"]);
  expect(exitCode).toBe(69);
  expect(said).toMatch(/^MEND unfinished runs: run left-alone was never finished\n +`npm run scenario recover`/m);
  expect(existsSync(left)).toBe(true);
});
