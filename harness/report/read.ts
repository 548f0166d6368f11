import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { Failure, messageOf } from "#core/errors.ts";
import { problemsOf } from "#core/problems.ts";
import type { RunRecord } from "#core/result.ts";
import { loadLengthMs } from "#core/scenario.ts";
import { unpackHistory } from "./history-file.ts";
import { resultSchema } from "./schema.ts";

const MEND = "Name a run folder, for example results/black-friday/latest.";

/** The result of a run has some hundred kilobytes, its history some megabytes and never more than a few hundred. */
const MOST_BYTES = { "result.json": 20_000_000, "history.jsonl.gz": 400_000_000 } as const;

/** A run of a day is refused at the door; every second is a place in the report's series. */
const LONGEST_MS = 86_400_000;

/**
 * Reads a result folder back.
 * @throws Failure of kind usage when the folder is none of ours, with everything that is wrong with it.
 */
export async function readResult(folder: string): Promise<RunRecord> {
  const text = (await contentOf(folder, "result.json")).toString("utf8");
  const packed = await contentOf(folder, "history.jsonl.gz");
  const place = join(folder, "result.json");
  const value = parseJson(text);
  const parsed = resultSchema.safeParse(value);
  if (!parsed.success) {
    const problems = problemsOf(parsed.error, value, resultSchema).map((problem) => `${place}: ${problem}`);
    throw new Failure("usage", problems, MEND);
  }
  if (!(loadLengthMs(parsed.data.scenario.load) <= LONGEST_MS))
    throw new Failure("usage", [`${place}: scenario.load.phases: the load is longer than a day`], MEND);
  return { result: parsed.data, records: unpackHistory(packed, join(folder, "history.jsonl.gz")) };
}

/** A whole file of a run, if it can be one: a pipe would be waited for, and a device never ends. */
async function contentOf(folder: string, name: keyof typeof MOST_BYTES): Promise<Buffer> {
  try {
    const found = await stat(join(folder, name));
    if (!found.isFile()) throw new Error("it is no regular file");
    if (found.size > MOST_BYTES[name]) throw new Error(`it has ${found.size} bytes, more than ${MOST_BYTES[name]}`);
    return await readFile(join(folder, name));
  } catch (cause) {
    throw new Failure("usage", [`${folder} has no ${name} of a run: ${messageOf(cause)}`], MEND, { cause });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
