import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { writeResult } from "#harness/report/index.ts";
import { exampleRun } from "#harness/report/testing/history.ts";
import blackFriday from "#scenarios/black-friday.ts";
import type { BadInput } from "./bad-input.ts";
import { commandLines } from "./command-lines.ts";
import { type ResultFiles, resultFolders } from "./result-folders.ts";
import { scenarioFiles } from "./scenario-files.ts";

/** So many inputs, the same for the same seed: six of ten are files of scenarios, three command lines, one results. */
export async function generate(times: number, seed: number): Promise<readonly BadInput[]> {
  const scenario = JSON.parse(JSON.stringify(blackFriday));
  const inputs = fc.oneof(
    { weight: 6, arbitrary: scenarioFiles(scenario) },
    { weight: 3, arbitrary: commandLines },
    { weight: 1, arbitrary: resultFolders(await exampleFiles()) },
  );
  return fc.sample(inputs, { numRuns: times, seed });
}

/** What a short run leaves. */
async function exampleFiles(): Promise<ResultFiles> {
  const folder = await mkdtemp(join(tmpdir(), "doorbuster-example-"));
  try {
    await writeResult(join(folder, "run"), exampleRun("held", 10));
    return {
      result: await readFile(join(folder, "run", "result.json"), "utf8"),
      history: await readFile(join(folder, "run", "history.jsonl.gz")),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
