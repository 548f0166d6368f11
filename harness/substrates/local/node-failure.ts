import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { Failure } from "#core/errors.ts";

/** Enough to see why a program gave up; all of it is in the log. */
const LINES_QUOTED = 12;
const BYTES_READ = 8 * 1024;

/** A part that could not be started, with the last that it said. It may be that somebody has taken one of its ports. */
export class PartFailure extends Failure {
  constructor(part: string, happened: string, logPath: string, options?: ErrorOptions) {
    const lines = lastLines(logPath);
    const said = lines.length === 0 ? ["    (it said nothing)"] : lines.map((line) => `    ${line}`);
    super(
      "environment",
      [[`${part} ${happened}; its last lines:`, ...said].join("\n")],
      `All that it said is in ${logPath}; \`npm run scenario doctor\` examines the machine.`,
      options,
    );
  }
}

function lastLines(path: string): readonly string[] {
  try {
    const file = openSync(path, "r");
    try {
      const { size } = fstatSync(file);
      const bytes = Buffer.alloc(Math.min(size, BYTES_READ));
      readSync(file, bytes, 0, bytes.length, size - bytes.length);
      return bytes.toString("utf8").split("\n").filter(Boolean).slice(-LINES_QUOTED);
    } finally {
      closeSync(file);
    }
  } catch {
    return [];
  }
}
