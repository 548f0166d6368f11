import type { z } from "zod";
import type { RunRecord, RunResult } from "#core/result.ts";
import { recordSchema } from "../history-schema.ts";
import { resultSchema } from "../schema.ts";

/** What a log line, an error of a program or an argument may carry, all at once. */
export const HOSTILE =
  "=cmd|' /C calc'!A0 </script><script>alert(1)</script><img src=x onerror=alert(2)> \"quoted\" 'single' \u001b[31mred\u001b[0m \u0007 \u202Eevil\u2066 \u2028 ]]> --> | `tick` @someone [link](javascript:alert(3))";

/**
 * The same record with hostile text before every string that the doors let be free text: it is put everywhere, and taken
 * back only where a schema refuses it. Equal strings stay equal, so that names still lead to what they name.
 */
export function hostileRun({ result, records }: RunRecord, text = HOSTILE): RunRecord {
  const poisoned = poison(result, text) as RunResult;
  return {
    result: mended(resultSchema, result, {
      ...poisoned,
      facts: { ...poisoned.facts, [text]: text, nested: { deep: [text], [text]: 1 }, cannotShow: [text] },
      topology: { ...poisoned.topology, plantedBug: { name: text, does: text } },
      timings: { ...poisoned.timings, [text]: 1 },
      cutShort: text,
      leftBehind: [text],
    }),
    records: records.map((record) => {
      // What the load's curves are made of has no free text; thousands of batches would only take time.
      if (record.kind === "load.batch" || record.kind === "load.health") return record;
      const hostile = mended(recordSchema, record, poison(record, text));
      if (hostile.kind === "sample")
        return { ...hostile, values: { ...hostile.values, [`shop_reads_total{tier="${text}"}`]: 1, [text]: 2 } };
      // Reports look for evidence by its name: half of it keeps that, so that what it holds is shown.
      return hostile.kind === "evidence" && record.kind === "evidence" && record.seq % 2 === 0
        ? { ...hostile, name: record.name }
        : hostile;
    }),
  };
}

function poison(value: unknown, text: string): unknown {
  if (typeof value === "string") return text + value;
  if (Array.isArray(value)) return value.map((item) => poison(item, text));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, poison(inner, text)]));
}

/** A wrong word hides what its kind would have been asked: each round uncovers the next. */
const MOST_ROUNDS = 6;

/** Gives back its own value to each place where the schema takes no free text. */
function mended<T>(schema: z.ZodType<T>, original: unknown, hostile: unknown): T {
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const parsed = schema.safeParse(hostile);
    if (parsed.success) return parsed.data;
    for (const { path } of parsed.error.issues) restore(hostile, original, path);
  }
  throw new Error(`no schema takes the poisoned value: ${JSON.stringify(hostile).slice(0, 500)}`);
}

function restore(hostile: unknown, original: unknown, path: readonly PropertyKey[]): void {
  const [name, ...rest] = path;
  if (name === undefined || !isRecord(hostile) || !isRecord(original)) return;
  if (rest.length === 0) hostile[name] = original[name];
  else restore(hostile[name], original[name], rest);
}

function isRecord(value: unknown): value is Record<PropertyKey, unknown> {
  return typeof value === "object" && value !== null;
}
