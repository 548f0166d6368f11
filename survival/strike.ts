import { setTimeout as sleep } from "node:timers/promises";
import { keyOf, readProcess, type SeenProcess } from "./audit/processes.ts";
import type { Strike } from "./blow.ts";
import type { Typed } from "./launch.ts";
import { isOwner, type Owner } from "./owner.ts";

/** As fast as a person in a hurry hits the keys. */
const BETWEEN_KEYS_MS = 200;

/** The kernel ends what is killed within milliseconds; a program that is swapped out may take longer. */
const DEAD_WITHIN_MS = 2_000;
const LOOK_EVERY_MS = 10;

/** The people of a run. */
export interface Cast {
  readonly npm: SeenProcess | undefined;
  readonly harness: SeenProcess | undefined;
  readonly guardian: SeenProcess | undefined;
}

/**
 * Told by what they were started as. The harness is whom the run's journal names, once there is one; before, the program
 * that `bin.js` has handed over to, or `bin.js` itself, which becomes the harness where it need not hand over.
 */
export function castOf(family: readonly SeenProcess[], owner?: Owner): Cast {
  const started = (file: string) =>
    family.find(
      ({ argv, state }) => state !== "Z" && argv[1]?.endsWith(file) === true && /(^|\/)node$/.test(argv[0] ?? ""),
    );
  const named = owner === undefined ? undefined : family.find((each) => each.state !== "Z" && isOwner(each, owner));
  return {
    // npm writes over its own arguments: one text, with the command in it.
    npm: family.find(({ argv }) => /^npm (run|exec)/.test(argv[0] ?? "")),
    harness: named ?? started("harness/main.ts") ?? started("harness/bin.js"),
    guardian: started("guardian/guardian-main.ts"),
  };
}

/** What became of a blow. */
export interface Dealt {
  /** What kept it from being dealt, if anything did. */
  readonly missed?: string;
  /** Who was sent a signal, by number and start: no other process can be meant. */
  readonly hit: readonly SeenProcess[];
  /** What was not as the blow had it, though it was dealt. */
  readonly note?: string;
}

/**
 * Deals the blow. A guardian that has gone already, or is not there yet, takes nothing from a blow to both: there is only
 * the harness to kill then.
 */
export async function deal(strike: Strike, typed: Typed, cast: Cast): Promise<Dealt> {
  switch (strike.kind) {
    case "signal":
      return signalled(strike.to, cast[strike.to], strike.signal);
    case "kill-harness-and-guardian": {
      // The guardian first: it must not begin its work between the two.
      const guardian = signalled("guardian", cast.guardian, "SIGKILL");
      const harness = signalled("harness", cast.harness, "SIGKILL");
      return {
        ...harness,
        hit: [...guardian.hit, ...harness.hit],
        ...(guardian.missed === undefined
          ? {}
          : { note: `the harness alone was there to be killed: ${guardian.missed}` }),
      };
    }
    case "ctrl-c":
      for (let i = 0; i < strike.times; i += 1) {
        if (i > 0) await sleep(BETWEEN_KEYS_MS);
        typed.type("\x03");
      }
      return { hit: [] };
    case "close-terminal":
      // Who holds the other end of the terminal dies: the kernel hangs up on everybody who has it.
      process.kill(typed.pid, "SIGKILL");
      return { hit: [] };
    case "close-output":
      typed.closeOutput();
      return { hit: [] };
    case "beside":
    case "none":
      return { hit: [] };
  }
}

function signalled(who: string, seen: SeenProcess | undefined, signal: NodeJS.Signals): Dealt {
  if (seen === undefined) return { hit: [], missed: `the ${who} does not run` };
  if (!isAlive(seen)) return { hit: [], missed: `the ${who} has just ended` };
  process.kill(seen.pid, signal);
  return { hit: [seen] };
}

function isAlive(seen: SeenProcess): boolean {
  const now = readProcess(seen.pid);
  return now !== undefined && keyOf(now) === keyOf(seen) && now.state !== "Z";
}

/** What is wrong with whom the blow hit: a harness that the run's journal does not name, or one that outlived it. */
export async function misdealt(
  strike: Strike,
  { hit }: Dealt,
  cast: Cast,
  owner: Owner | undefined,
): Promise<readonly string[]> {
  const problems: string[] = [];
  const { harness } = cast;
  const isHit = harness !== undefined && hit.includes(harness);
  if (isHit && owner !== undefined && !isOwner(harness, owner))
    problems.push(`process ${harness.pid} was hit, and the run's journal names ${owner.pid} as its harness`);
  const isKill =
    strike.kind === "kill-harness-and-guardian" || (strike.kind === "signal" && strike.signal === "SIGKILL");
  if (!isKill) return problems;
  const deadline = performance.now() + DEAD_WITHIN_MS;
  while (hit.some(isAlive) && performance.now() < deadline) await sleep(LOOK_EVERY_MS);
  return [...problems, ...hit.filter(isAlive).map(({ pid }) => `process ${pid} outlived a SIGKILL`)];
}
