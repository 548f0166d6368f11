import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { RunResult } from "#core/result.ts";
import { EXIT_CODES, type ObjectiveResult } from "#core/verdict.ts";
import { reporterNamed } from "#harness/reporters/index.ts";
import type { Adapters } from "./adapters.ts";
import { readCommandLine } from "./options.ts";
import { isOpenByChance, runRepeatedly } from "./repeat.ts";
import type { RunRequest } from "./run.ts";

const finding = (
  id: string,
  state: ObjectiveResult["state"],
  more: Partial<ObjectiveResult> = {},
): ObjectiveResult => ({
  id,
  state,
  group: "load",
  title: id,
  target: "",
  observed: "",
  samples: 1,
  window: "whole run",
  reason: "",
  evidence: [],
  ...more,
});
const straddling = finding("latency-all", "unknown", { interval: { low: "150ms", high: "250ms", level: 0.95 } });
const unproven = finding("fault-cache-hangs", "unknown", { group: "faults" });

function resultOf(verdict: RunResult["verdict"], objectives: readonly ObjectiveResult[], seed = "s"): RunResult {
  // What decides about another run is all that is looked at.
  return { verdict, objectives, seed, sentence: verdict } as unknown as RunResult;
}

/** Runs that come to these results, one after the other; answers the exit code, the seeds and what was said. */
async function repeated(argv: readonly string[], results: readonly RunResult[]) {
  const folder = await mkdtemp(join(tmpdir(), "doorbuster-repeat-"));
  const said: string[] = [];
  const seeds: (string | undefined)[] = [];
  const draws: unknown[] = [];
  const reporter = { ...reporterNamed("silent", process.stdout), progress: (text: string) => void said.push(text) };
  const line = readCommandLine(argv, {}, { substrates: ["local"], bugs: [], protections: [] });
  const adapters = { reporter: () => reporter } as unknown as Adapters;
  const request = { line, adapters, reporter, signal: new AbortController().signal } as unknown as RunRequest;
  const exitCode = await runRepeatedly(request, async (given) => {
    const result = results[seeds.length];
    seeds.push(given.line.seed);
    draws.push(given.draw);
    if (result === undefined) throw new Error("one run too many");
    given.reporter.ended({ ...result, seed: given.line.seed ?? "" }, folder);
    return EXIT_CODES[result.verdict];
  });
  const listed = await readFile(join(folder, "attempts.txt"), "utf8").catch(() => undefined);
  await rm(folder, { recursive: true });
  return { exitCode, seeds, draws, said, listed };
}

test("an interval that straddles its limit is tried again with another seed, and every attempt is told", async () => {
  const open = resultOf("unknown", [straddling]);
  const { exitCode, seeds, said, listed } = await repeated(
    ["black-friday", "--seed", "s", "--repeat", "3"],
    [open, resultOf("held", [finding("latency-all", "held")])],
  );
  expect(exitCode).toBe(EXIT_CODES.held);
  expect(seeds).toEqual(["s", "s-2"]);
  expect(said).toContain("chance left it open: it is run again");
  expect(listed).toBe(
    "attempt 1 of at most 3, seed s: unknown: unknown\nattempt 2 of at most 3, seed s-2: held: held\n",
  );
});

test("what is still open after the last run stays unknown", async () => {
  const open = resultOf("unknown", [straddling]);
  const { exitCode, seeds } = await repeated(["x", "--seed", "s", "--repeat", "2"], [open, open]);
  expect(exitCode).toBe(EXIT_CODES.unknown);
  expect(seeds).toHaveLength(2);
});

test("broken ends it, and so does what another run would not decide", async () => {
  for (const result of [
    resultOf("broken", [finding("latency-all", "broken"), straddling]),
    resultOf("unknown", [straddling, unproven]),
    resultOf("unknown", []),
    resultOf("held", []),
  ]) {
    expect(isOpenByChance(result)).toBe(false);
    expect((await repeated(["x", "--repeat", "3"], [result])).seeds).toHaveLength(1);
  }
  const cut = { ...resultOf("unknown", [straddling]), cutShort: "interrupted" };
  expect(isOpenByChance(cut)).toBe(false);
  const leaky = { ...resultOf("unknown", [straddling]), leftBehind: ["process 7 (k6)"] };
  expect(isOpenByChance(leaky)).toBe(false);
});

test("a run that cannot be believed is not run again, and what it made unknown of broken is not open by chance", () => {
  const late = finding("trust-generator-lateness", "unknown", { group: "trust" });
  expect(isOpenByChance(resultOf("unknown", [straddling]))).toBe(true);
  expect(isOpenByChance(resultOf("unknown", [late]))).toBe(false);
  // `judge` turns what a sick generator saw broken into unknown, and leaves it its interval.
  expect(isOpenByChance(resultOf("unknown", [straddling, late]))).toBe(false);
});

test("what lacks samples lacks them in the next run too", () => {
  const short = { ...straddling, lacking: "samples" } as const;
  expect(isOpenByChance(resultOf("unknown", [short]))).toBe(false);
});

test("every attempt knows before it starts which of how many it is", async () => {
  const open = resultOf("unknown", [straddling]);
  const { draws } = await repeated(["x", "--seed", "s", "--repeat", "2"], [open, open]);
  expect(draws).toEqual([
    { attempt: 1, of: 2 },
    { attempt: 2, of: 2 },
  ]);
  expect((await repeated(["x"], [open])).draws).toEqual([{ attempt: 1, of: 1 }]);
});

test("without --repeat a run is one run, and nothing is listed", async () => {
  const { seeds, said, listed } = await repeated(["x"], [resultOf("unknown", [straddling])]);
  expect(seeds).toHaveLength(1);
  expect(said).toEqual([]);
  expect(listed).toBeUndefined();
});
