import { cleanJson } from "#core/foreign-text.ts";
import type { Reporter } from "#core/result.ts";
import type { SafeOutput } from "./output.ts";

/** A JSON document a line, for machines: progress, the plan, every record as it happens, and the result. */
export function jsonlReporter(output: SafeOutput): Reporter {
  const print = (line: unknown): void => output.write(`${cleanJson(line)}\n`);
  return {
    progress: (line) => print({ kind: "progress", line }),
    planned: (plan) => print({ kind: "plan", plan }),
    record: (record) => print(record),
    ended: (result, folder, bytes) => print({ kind: "result", folder, bytes, result }),
    async [Symbol.asyncDispose]() {
      // Nothing is buffered.
    },
  };
}
