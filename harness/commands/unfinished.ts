import { messageOf } from "#core/errors.ts";
import type { Adapters, Finding } from "./adapters.ts";

/** What a command that changes nothing says of runs that were never finished. */

/** One finding for `doctor`: a run that was never finished is to be mended, and one that may live is named. */
export async function examineUnfinished(adapters: Pick<Adapters, "lookForUnfinished">): Promise<Finding> {
  const name = "unfinished runs";
  const mend = "`npm run scenario recover` cleans up what they left, and so does the next run";
  const said: string[] = [];
  try {
    const runs = await adapters.lookForUnfinished((line) => said.push(line));
    const found = runs.map(({ runId }) => `run ${runId} was never finished`);
    const detail = [...found, ...said].join("; ") || "none";
    return runs.length === 0 ? { name, ok: true, detail } : { name, ok: false, detail, mend };
  } catch (thrown) {
    return { name, ok: false, detail: messageOf(thrown).replaceAll("\n", " "), mend: "mend that, then look again" };
  }
}

/** One line for the bare list of scenarios where there is such a run, or where nobody may look; none otherwise. */
export async function unfinishedLines(adapters: Pick<Adapters, "lookForUnfinished">): Promise<readonly string[]> {
  const { ok, detail, mend } = await examineUnfinished(adapters);
  return ok ? [] : ["", `${detail}: ${mend}`];
}
