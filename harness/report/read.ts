import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { Failure, messageOf } from "#core/errors.ts";
import type { RunRecord } from "#core/result.ts";
import { unpackHistory } from "./history-file.ts";
import { resultSchema } from "./schema.ts";

const MEND = "Name a run folder, for example results/black-friday/latest.";

/**
 * Reads a result folder back.
 * @throws Failure of kind usage when the folder is none of ours, with everything that is wrong with it.
 */
export async function readResult(folder: string): Promise<RunRecord> {
  const text = await readFile(join(folder, "result.json"), "utf8").catch((cause: unknown) => {
    throw new Failure("usage", [`${folder} has no result.json: ${messageOf(cause)}`], MEND, { cause });
  });
  const packed = await readFile(join(folder, "history.jsonl.gz")).catch((cause: unknown) => {
    throw new Failure("usage", [`${folder} has no history.jsonl.gz: ${messageOf(cause)}`], MEND, { cause });
  });
  const parsed = resultSchema.safeParse(parseJson(text));
  if (!parsed.success) {
    throw new Failure("usage", [`${join(folder, "result.json")}: ${z.prettifyError(parsed.error)}`], MEND);
  }
  return { result: parsed.data, records: unpackHistory(packed, join(folder, "history.jsonl.gz")) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
