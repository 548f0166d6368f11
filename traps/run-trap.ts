import { delimiter, join } from "node:path";
import { messageOf } from "#core/errors.ts";
import { type Ran, runCommandLine } from "#proving/run.ts";
import { perform } from "./act.ts";
import type { Outcome } from "./judge.ts";
import { layOut } from "./stand-in.ts";
import type { Sabotage } from "./trap.ts";

const SCENARIO = join(import.meta.dirname, "scenarios", "trapped-black-friday.ts");
const STAND_INS = join(import.meta.dirname, "stand-ins");

/**
 * A quick run takes 75 s and one of full default length four minutes; a shop that never comes to rest takes a minute
 * longer, and a generator that has to be ended half a minute. What takes twice as long hangs.
 */
const ENDS_WITHIN_MS = { quick: 300_000, default: 660_000 } as const;

export type Length = keyof typeof ENDS_WITHIN_MS;

export interface RunOptions {
  readonly length: Length;
  /** Ends the run in order, as Ctrl-C does. */
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

type TrapRun = Outcome & Ran;

/** Runs the scenario of the traps with a sabotage, and reads what it leaves. */
export async function runWith(name: string, sabotage: Sabotage, { length, signal, say }: RunOptions): Promise<TrapRun> {
  let spared = sabotage.kind === "at-line" ? `the terminal never said "${sabotage.line}"` : undefined;
  let acting = Promise.resolve();
  const ran = await runCommandLine({
    scenario: SCENARIO,
    seed: `trap-${name}`,
    options: length === "quick" ? ["--quick"] : [],
    nodeOptions: sabotage.kind === "preload" ? ["--import", join(STAND_INS, sabotage.file)] : [],
    env: await environment(sabotage),
    withinMs: ENDS_WITHIN_MS[length],
    signal,
    onLine(line, harnessPid) {
      say(line);
      if (spared === undefined || sabotage.kind !== "at-line" || !line.includes(sabotage.line)) return;
      spared = undefined;
      acting = perform(sabotage.act, harnessPid).catch((thrown: unknown) => {
        spared = messageOf(thrown);
      });
    },
  });
  await acting;
  return { ...ran, ...(spared === undefined ? {} : { spared }) };
}

async function environment(sabotage: Sabotage): Promise<NodeJS.ProcessEnv> {
  if (sabotage.kind !== "stand-in") return {};
  return { PATH: `${await layOut(sabotage.program, sabotage.file)}${delimiter}${process.env.PATH}` };
}
