import { mkdtemp, readFile, readlink, rm, symlink } from "node:fs/promises";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { stripVTControlCharacters } from "node:util";
import { z } from "zod";
import type { Random } from "#core/random.ts";
import { Audit } from "./audit/audit.ts";
import type { Blow } from "./blow.ts";
import { type Due, dueOf } from "./due.ts";
import { type Grounds, resultsOf } from "./grounds.ts";
import { HistoryTail } from "./history.ts";
import { type Typed, type } from "./launch.ts";
import { castOf, deal } from "./strike.ts";

/** What became of one blow. */
export interface Outcome {
  readonly blow: Blow;
  readonly seed: string;
  /** Whether the blow hit anything; at a moment that the seed chooses, the run may be over before. */
  readonly dealt: boolean;
  /** Seconds from the command to the blow. */
  readonly struckAt: number;
  /** The last phase that was reached before it. */
  readonly phase: string;
  /** Seconds from the blow, or from the end of `recover`, until nothing was left. */
  readonly goneAfter: number | undefined;
  readonly exit: number | undefined;
  /** What is wrong, a sentence each; empty when the run survived as it should. */
  readonly problems: readonly string[];
}

/** The issue allows ten seconds from the blow until nothing is left. */
const GONE_WITHIN_MS = 10_000;

/** A quick run from the command to its verdict takes some 85 s; one that goes on after a blow may take all of it. */
const RUN_DEADLINE_MS = 180_000;

/** A machine that brings the programs first needs a minute more, and two when it builds them. */
const REACH_DEADLINE_MS = 180_000;

/** A quick run, as it is typed. A result that somebody keeps must not go for one of these. */
export function quickRun({ scenario }: Grounds, seed: string): readonly string[] {
  return ["run", "scenario", scenario, "--", "--quick", "--keep-results", "10000", "--seed", seed];
}

/** `recover` starts Node, ends some 25 processes and removes their folders. */
const RECOVER_DEADLINE_MS = 30_000;

const LOOK_EVERY_MS = 50;
/** Reading every process of the machine costs some 10 ms: four times a second does not disturb what is measured. */
const WATCH_EVERY_MS = 250;

/** What tells one blow of a row from the next. */
export interface Lot {
  /** The run's; unique, as it names its result folder. */
  readonly seed: string;
  /** Counts the blows of this row from 0. */
  readonly number: number;
  readonly random: Random;
}

/** Starts a run through npm, deals the blow, and looks from outside at what is left. */
export async function undergo(blow: Blow, { seed, number, random }: Lot, grounds: Grounds): Promise<Outcome> {
  const temporary = await mkdtemp(join(grounds.temporary, "survival-"));
  const results = resultsOf(grounds);
  const audit = new Audit({ state: grounds.state, cache: grounds.cache, temporary, results });
  const latest = await latestOf(results);
  using tail = new HistoryTail(results, seed);
  const env = { DOORBUSTER_STATE: grounds.state, TMPDIR: temporary };
  const typed = type({
    root: grounds.root,
    words: blow.command === "shop" ? ["run", "shop"] : quickRun(grounds, seed),
    env,
    terminal: blow.strike.kind === "ctrl-c" || blow.strike.kind === "close-terminal",
  });
  const problems: string[] = [];
  const reached = await untilDue(dueOf(blow.moment, number, random), typed, audit, tail);
  if (!reached) problems.push(`the run never came so far (exit ${typed.exit()}): ${lastLines(typed)}`);
  const phase = tail.begun().at(-1) ?? "before the history";
  const hadEnded = typed.exit() !== undefined;
  const family = audit.watch(typed.pid);
  const struckAt = performance.now();
  const missed = hadEnded ? undefined : await deal(blow.strike, typed, castOf(family));
  if (missed !== undefined && blow.moment.kind !== "random") problems.push(`the blow missed: ${missed}`);
  const after = hadEnded || missed !== undefined ? "goes-on" : blow.ending;
  if (after === "goes-on") await watchedEnd(typed, audit);
  let goneSince = after === "goes-on" ? performance.now() : struckAt;
  if (after === "recovered") {
    problems.push(...(await recovered(grounds, env, audit)));
    goneSince = performance.now();
  }
  const { left, at } = await untilGone(audit, typed, goneSince);
  problems.push(...left);
  if (left.length > 0 || typed.exit() === undefined) problems.push(...(await tidyUp(grounds, env)));
  const exit = typed.exit();
  if (exit === undefined) problems.push("npm has not ended");
  else if (blow.exits !== undefined && !blow.exits.includes(exit))
    problems.push(`npm ended with ${exit}: ${lastLines(typed)}`);
  problems.push(...(await told(tail, after, phase)));
  if (problems.length === 0) await forget(results, tail.folder, latest);
  if (problems.length === 0) await rm(temporary, { recursive: true, force: true });
  return {
    blow,
    seed,
    dealt: !hadEnded && missed === undefined,
    struckAt: (struckAt - typed.startedAt) / 1_000,
    phase,
    goneAfter: left.length > 0 ? undefined : Math.max(0, at - goneSince) / 1_000,
    exit,
    problems,
  };
}

/** Waits until the blow is due. False when the run ended before, or never came so far. */
async function untilDue(due: Due, typed: Typed, audit: Audit, tail: HistoryTail): Promise<boolean> {
  const deadline = typed.startedAt + REACH_DEADLINE_MS;
  const isEarly = due.phase === "born" || (due.mayMiss && due.phase === "start");
  for (let looks = 0; performance.now() < deadline; looks += 1) {
    const isWatched = looks % (WATCH_EVERY_MS / LOOK_EVERY_MS) === 0 || isEarly;
    const family = isWatched ? audit.watch(typed.pid) : [];
    const times = tail.begun().filter((phase) => phase === due.phase).length;
    // A random blow to the start may fall before the first record: from the first line of the harness on.
    const isBegun = isEarly
      ? due.phase === "born"
        ? audit.runIds.length > 0
        : castOf(family).harness !== undefined
      : times >= due.time;
    if (isBegun) {
      await pausedBy(due.afterMs, typed);
      tail.begun();
      return true;
    }
    if (typed.exit() !== undefined) return due.mayMiss;
    await sleep(LOOK_EVERY_MS);
  }
  return false;
}

/** A run that ends meanwhile need not be waited for. */
async function pausedBy(ms: number, typed: Typed): Promise<void> {
  const cancel = new AbortController();
  await Promise.race([typed.ended, sleep(ms, undefined, { signal: cancel.signal }).catch(() => undefined)]);
  cancel.abort();
}

async function watchedEnd(typed: Typed, audit: Audit): Promise<void> {
  const deadline = performance.now() + RUN_DEADLINE_MS;
  while (typed.exit() === undefined && performance.now() < deadline) {
    audit.watch(typed.pid);
    await sleep(WATCH_EVERY_MS);
  }
}

/** What is left at the deadline, or when it became nothing. npm's own end counts as well. */
export async function untilGone(
  audit: Pick<Audit, "left">,
  typed: Typed,
  since: number,
): Promise<{ readonly left: readonly string[]; readonly at: number }> {
  for (;;) {
    // Of the beginning of the look: what was there then may be gone when a slow look has ended.
    const now = performance.now();
    const left = audit.left();
    if ((left.length === 0 && typed.exit() !== undefined) || now > since + GONE_WITHIN_MS) return { left, at: now };
    await sleep(LOOK_EVERY_MS);
  }
}

/** Nobody is there to clean up: something must be left, `recover` must name the run, and succeed. */
async function recovered(grounds: Grounds, env: Readonly<Record<string, string>>, audit: Audit): Promise<string[]> {
  // The kernel needs a moment to end the two, and what they had open with them.
  await sleep(500);
  const problems = audit.left().length > 0 ? [] : ["the audit saw nothing left of a run that nobody had cleaned up"];
  const { exit, said } = await recover(grounds, env);
  if (exit !== 0) problems.push(`recover ended with ${exit}: ${said}`);
  else if (!/processes ended|nothing was left behind/.test(said))
    problems.push(`recover did not say what it did: ${said}`);
  return problems;
}

async function recover(
  { root }: Grounds,
  env: Readonly<Record<string, string>>,
): Promise<{ readonly exit: number | undefined; readonly said: string }> {
  const typed = type({ root, words: ["run", "scenario", "recover"], env, terminal: false });
  await Promise.race([typed.ended, sleep(RECOVER_DEADLINE_MS, undefined, { ref: false })]);
  return { exit: typed.exit(), said: lastLines(typed) };
}

/** What one blow has left must not be found in the next one's audit, nor stay on the machine. */
export async function tidyUp(grounds: Grounds, env: Readonly<Record<string, string>>): Promise<string[]> {
  const { exit, said } = await recover(grounds, env);
  return [`recover, to tidy up, ended with ${exit}: ${said}`];
}

/** The run that `latest` leads to. */
export async function latestOf(results: string): Promise<string | undefined> {
  return await readlink(join(results, "latest")).catch(() => undefined);
}

/** Removes a result that nobody wants to read, and lets `latest` lead to where it led before. */
export async function forget(results: string, folder: string | undefined, latest: string | undefined): Promise<void> {
  if (folder === undefined) return;
  const isLatest = (await latestOf(results)) === basename(folder);
  await rm(folder, { recursive: true });
  if (!isLatest) return;
  await rm(join(results, "latest"));
  if (latest !== undefined) await symlink(latest, join(results, "latest"));
}

const resultSchema = z.object({ verdict: z.string(), cutShort: z.string().optional() });

/** Whether the result folder says what happened: a run that was ended in order says so, and holds nothing. */
async function told(tail: HistoryTail, ending: Blow["ending"], phase: string): Promise<readonly string[]> {
  const { folder } = tail;
  // Before there is a folder, nothing has been said; in its report, the run may or may not have heard of the blow.
  if (folder === undefined || phase === "report" || ending === "killed" || ending === "recovered") return [];
  const text = await readFile(join(folder, "result.json"), "utf8").catch(() => undefined);
  if (text === undefined) return phase === "before the history" ? [] : [`${folder} has no result.json`];
  const result = resultSchema.parse(JSON.parse(text));
  if (ending === "goes-on") return result.cutShort === undefined ? [] : [`the run was cut short: ${result.cutShort}`];
  return result.cutShort !== undefined && result.verdict === "unknown"
    ? []
    : [`the result does not say that the run was cut short (${result.verdict})`];
}

export function lastLines(typed: Typed): string {
  // The live view moves the cursor; what is quoted must not.
  return stripVTControlCharacters(typed.said()).trim().split(/\r?\n/).slice(-6).join(" | ");
}
