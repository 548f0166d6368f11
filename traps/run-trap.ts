import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { z } from "zod";
import { messageOf } from "#core/errors.ts";
import { perform } from "./act.ts";
import type { Outcome, TrapResult } from "./judge.ts";
import { layOut } from "./stand-in.ts";
import type { Sabotage } from "./trap.ts";

const ROOT = join(import.meta.dirname, "..");
const SCENARIO = "trapped-black-friday";
const RESULTS = join(ROOT, "results", SCENARIO);
const STAND_INS = join(import.meta.dirname, "stand-ins");

/**
 * A quick run takes 75 s and one of full default length four minutes; a shop that never comes to rest takes a minute
 * longer, and a generator that has to be ended half a minute. What takes twice as long hangs.
 */
const ENDS_WITHIN_MS = { quick: 300_000, default: 660_000 } as const;

export type Length = keyof typeof ENDS_WITHIN_MS;

/** Quoted when a run leaves no result. */
const LAST_LINES = 4;

const resultSchema = z.object({
  verdict: z.enum(["held", "broken", "unknown"]),
  sentence: z.string(),
  startedAt: z.string(),
  objectives: z.array(
    z.object({
      id: z.string(),
      state: z.enum(["held", "broken", "unknown", "not-judged", "not-applicable"]),
      observed: z.string(),
      reason: z.string(),
    }),
  ),
});

export interface RunOptions {
  readonly length: Length;
  /** Ends the run in order, as Ctrl-C does. */
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

export interface TrapRun extends Outcome {
  /** The result folder, where there is one. */
  readonly folder?: string;
}

/** Starts the real command line with a sabotage, as a person would at a terminal, and reads what it leaves. */
export async function runWith(name: string, sabotage: Sabotage, { length, signal, say }: RunOptions): Promise<TrapRun> {
  const began = Date.now();
  const seed = `trap-${name}`;
  const child = spawn(
    process.execPath,
    [
      ...(sabotage.kind === "preload" ? ["--import", join(STAND_INS, sabotage.file)] : []),
      join(ROOT, "harness", "bin.js"),
      join(import.meta.dirname, "scenarios", `${SCENARIO}.ts`),
      ...(length === "quick" ? ["--quick"] : []),
      `--seed=${seed}`,
      "--reporter=lines",
    ],
    { stdio: ["ignore", "pipe", "pipe"], env: await environment(sabotage) },
  );
  const interrupt = (): void => void child.kill("SIGINT");
  signal.addEventListener("abort", interrupt);
  const late = setTimeout(() => child.kill("SIGTERM"), ENDS_WITHIN_MS[length]);
  let spared = sabotage.kind === "at-line" ? `the terminal never said "${sabotage.line}"` : undefined;
  const lines: string[] = [];
  let acting = Promise.resolve();
  const take = (line: string): void => {
    say(line);
    lines.push(line);
    if (spared === undefined || sabotage.kind !== "at-line" || !line.includes(sabotage.line)) return;
    spared = undefined;
    acting = perform(sabotage.act, child.pid ?? 0).catch((thrown: unknown) => {
      spared = messageOf(thrown);
    });
  };
  for (const stream of [child.stdout, child.stderr]) createInterface(stream).on("line", take);
  const [code] = await once(child, "close");
  clearTimeout(late);
  signal.removeEventListener("abort", interrupt);
  await acting;
  const found = await resultOf(seed, began);
  return {
    exitCode: typeof code === "number" ? code : -1,
    lastWords: lines.slice(-LAST_LINES).join(" / "),
    ...(spared === undefined ? {} : { spared }),
    ...found,
  };
}

async function environment(sabotage: Sabotage): Promise<NodeJS.ProcessEnv> {
  // The harness ends itself when its parent goes: that is this process, whoever started it.
  const { DOORBUSTER_PARENT: _, ...env } = process.env;
  if (sabotage.kind !== "stand-in") return env;
  return { ...env, PATH: `${await layOut(sabotage.program, sabotage.file)}${delimiter}${env.PATH}` };
}

/** The newest folder of this seed, if it was written by the run that began then. */
async function resultOf(seed: string, began: number): Promise<{ result: TrapResult | undefined; folder?: string }> {
  const names = await readdir(RESULTS).catch(() => []);
  const name = names
    .filter((each) => each.endsWith(`-${seed}`))
    .sort()
    .at(-1);
  if (name === undefined) return { result: undefined };
  const folder = join(RESULTS, name);
  const text = await readFile(join(folder, "result.json"), "utf8").catch(() => undefined);
  if (text === undefined) return { result: undefined };
  const result = resultSchema.parse(JSON.parse(text));
  return Date.parse(result.startedAt) < began ? { result: undefined } : { result, folder };
}
