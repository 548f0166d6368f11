import { relative } from "node:path";
import type { Reporter } from "#core/result.ts";
import { jsonlReporter } from "./jsonl.ts";
import { linesReporter } from "./lines.ts";
import { liveReporter } from "./live.ts";
import { type Output, SafeOutput } from "./output.ts";
import { silentReporter } from "./silent.ts";

export type ReporterName = "live" | "lines" | "jsonl" | "silent";

/** A stream as Node gives it: it reports a closed pipe as an event, which would end the process if nobody listened. */
export interface OutputStream extends Output {
  on?(event: "error", listener: (error: Error) => void): unknown;
}

/** The reporter of a name, writing to a stream that may end before the run does. */
export function reporterNamed(
  name: ReporterName,
  stream: OutputStream,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Reporter {
  const output = new SafeOutput(withColor(stream, environment));
  stream.on?.("error", () => output.close());
  switch (name) {
    case "live":
      // A terminal that cannot move its cursor would fill with copies of the screen.
      return forPeople(
        stream.isTTY === true && environment.TERM !== "dumb" ? liveReporter(output) : linesReporter(output),
      );
    case "lines":
      return forPeople(linesReporter(output));
    case "jsonl":
      return jsonlReporter(output);
    case "silent":
      return silentReporter();
  }
}

/** People are shown a folder as they would type it: from where they stand. Machines get the whole path. */
function forPeople(reporter: Reporter): Reporter {
  return {
    ...reporter,
    ended(result, folder, bytes) {
      const near = relative(process.cwd(), folder);
      reporter.ended(result, near === "" || near.startsWith("..") ? folder : near, bytes);
    },
  };
}

/** Colour on a terminal only, unless NO_COLOR is set to anything, or FORCE_COLOR to anything but 0. */
function withColor(stream: OutputStream, environment: Readonly<Record<string, string | undefined>>): Output {
  const forced = environment.FORCE_COLOR !== undefined && environment.FORCE_COLOR !== "0";
  const refused = (environment.NO_COLOR ?? "") !== "" || environment.TERM === "dumb";
  return {
    write: (text) => stream.write(text),
    get columns() {
      return stream.columns;
    },
    get rows() {
      return stream.rows;
    },
    isTTY: stream.isTTY,
    color: !refused && (forced || stream.isTTY === true),
  };
}
