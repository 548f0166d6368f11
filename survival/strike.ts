import { setTimeout as sleep } from "node:timers/promises";
import { keyOf, readProcess, type SeenProcess } from "./audit/processes.ts";
import type { Strike } from "./blow.ts";
import type { Typed } from "./launch.ts";

/** As fast as a person in a hurry hits the keys. */
const BETWEEN_KEYS_MS = 200;

/** The people of a run, told by what they were started as. */
export interface Cast {
  readonly npm: SeenProcess | undefined;
  readonly harness: SeenProcess | undefined;
  readonly guardian: SeenProcess | undefined;
}

export function castOf(family: readonly SeenProcess[]): Cast {
  const started = (file: string) =>
    family.find(({ argv }) => argv[1]?.endsWith(file) === true && /(^|\/)node$/.test(argv[0] ?? ""));
  return {
    // npm writes over its own arguments: one text, with the command in it.
    npm: family.find(({ argv }) => /^npm (run|exec)/.test(argv[0] ?? "")),
    harness: started("harness/bin.js"),
    guardian: started("guardian/guardian-main.ts"),
  };
}

/** Deals the blow; answers what kept it from being dealt, if anything did. */
export async function deal(strike: Strike, typed: Typed, cast: Cast): Promise<string | undefined> {
  switch (strike.kind) {
    case "signal":
      return signalled(strike.to, cast[strike.to], strike.signal);
    case "kill-harness-and-guardian": {
      // The guardian first: it must not begin its work between the two.
      const guardian = signalled("guardian", cast.guardian, "SIGKILL");
      return signalled("harness", cast.harness, "SIGKILL") ?? guardian;
    }
    case "ctrl-c":
      for (let i = 0; i < strike.times; i += 1) {
        if (i > 0) await sleep(BETWEEN_KEYS_MS);
        typed.type("\x03");
      }
      return undefined;
    case "close-terminal":
      // Who holds the other end of the terminal dies: the kernel hangs up on everybody who has it.
      process.kill(typed.pid, "SIGKILL");
      return undefined;
    case "close-output":
      typed.closeOutput();
      return undefined;
    case "beside":
    case "none":
      return undefined;
  }
}

function signalled(who: string, seen: SeenProcess | undefined, signal: NodeJS.Signals): string | undefined {
  if (seen === undefined) return `the ${who} does not run`;
  const now = readProcess(seen.pid);
  if (now === undefined || keyOf(now) !== keyOf(seen)) return `the ${who} has just ended`;
  process.kill(seen.pid, signal);
  return undefined;
}
