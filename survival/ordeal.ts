import { mkdtemp, readlink, rm, symlink } from "node:fs/promises";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { stripVTControlCharacters } from "node:util";
import type { Random } from "#core/random.ts";
import { Audit } from "./audit/audit.ts";
import { keyOf, type SeenProcess } from "./audit/processes.ts";
import { type Blow, type Met, partOf } from "./blow.ts";
import { type Due, dueOf } from "./due.ts";
import { type Grounds, resultsOf } from "./grounds.ts";
import { HistoryTail } from "./history.ts";
import { type Typed, type } from "./launch.ts";
import { type Owner, ownerOf } from "./owner.ts";
import { notAsGood, toldBy, wrongEnd } from "./right-end.ts";
import { type Cast, castOf, type Dealt, deal, misdealt } from "./strike.ts";

/** What became of one blow. */
export interface Outcome {
  readonly blow: Blow;
  readonly seed: string;
  /** Whether the blow hit anything; at a moment that the seed chooses, the run may be over before. */
  readonly dealt: boolean;
  /** Seconds from the command to the blow. */
  readonly struckAt: number;
  /** The last phase that was reached before it; of two runs at once, a sentence about both. */
  readonly phase: string;
  /** Who was sent a signal: what it was, its number and its start, as the kernel counts it. */
  readonly hit: readonly string[];
  /** What was not as the blow had it, though it was dealt. */
  readonly note?: string;
  /** Seconds from the blow, or from the end of `recover`, until nothing was left. */
  readonly goneAfter: number | undefined;
  /** Whether it took a `recover`. */
  readonly recovered: boolean;
  readonly exit: number | undefined;
  /** What was left at the deadline. */
  readonly left: readonly string[];
  /** What is wrong, a sentence each, what was left among it; empty when the run survived as it should. */
  readonly problems: readonly string[];
}

/** The issue allows ten seconds from the blow until nothing is left. */
const GONE_WITHIN_MS = 10_000;

/** A short run takes 40 s from the command to its verdict, a quick one of the default scenario 85 s. */
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

/** A run that nobody cut short may end with any verdict. */
const VERDICTS = [0, 1, 2];

/** A run from outside: whom it started, who of them is its harness, and how far it has come. */
class Scene {
  readonly audit: Audit;
  readonly tail: HistoryTail;
  readonly typed: Typed;
  readonly #state: string;
  #owner: Owner | undefined;

  constructor(audit: Audit, tail: HistoryTail, typed: Typed, state: string) {
    this.audit = audit;
    this.tail = tail;
    this.typed = typed;
    this.#state = state;
  }

  /** The harness that the run's journal names, once it has been read. */
  get owner(): Owner | undefined {
    return this.#owner;
  }

  look(): Cast {
    const family = this.audit.watch(this.typed.pid);
    for (const id of this.audit.runIds) this.#owner ??= ownerOf(this.#state, id);
    return castOf(family, this.#owner);
  }
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
  const scene = new Scene(audit, tail, typed, grounds.state);
  const problems: string[] = [];
  const reached = await untilDue(dueOf(blow.moment, number, random), scene);
  if (!reached) problems.push(`the run never came so far (exit ${typed.exit()}): ${lastLines(typed)}`);
  const hadEnded = typed.exit() !== undefined;
  const cast = scene.look();
  const { phase } = tail;
  const struckAt = performance.now();
  const dealt: Dealt = hadEnded ? { hit: [], missed: "the run was over" } : await deal(blow.strike, typed, cast);
  const isDealt = dealt.missed === undefined;
  if (!isDealt && !hadEnded && blow.moment.kind !== "random") problems.push(`the blow missed: ${dealt.missed}`);
  problems.push(...(await misdealt(blow.strike, dealt, cast, scene.owner)));
  problems.push(...unseen(blow, phase, scene.owner, isDealt ? cast : undefined));
  const ending = isDealt ? blow.ending : "goes-on";
  const gone = await cleaned({ ending, isAlone: cast.guardian === undefined }, scene, { grounds, env, struckAt });
  problems.push(...gone.problems, ...gone.left);
  if (gone.left.length > 0 || typed.exit() === undefined) problems.push(...(await tidyUp(grounds, env)));
  const exits = isDealt ? blow.exits : VERDICTS;
  const hasFolder = tail.folder !== undefined;
  const told = await toldBy(tail.folder);
  const wrong = [
    ...wrongEnd({ ending, exits, phase, exit: typed.exit(), told, hasFolder }),
    ...(blow.strike.kind === "none" ? notAsGood(told) : []),
  ];
  if (wrong.length > 0) problems.push(...wrong, `its last words: ${lastLines(typed)}`);
  if (problems.length === 0) await forget(results, tail.folder, latest);
  if (problems.length === 0) await rm(temporary, { recursive: true, force: true });
  return {
    blow,
    seed,
    dealt: isDealt,
    struckAt: (struckAt - typed.startedAt) / 1_000,
    phase,
    hit: dealt.hit.map((each) => roleOf(each, cast)),
    ...(dealt.note === undefined ? {} : { note: dealt.note }),
    goneAfter: gone.goneAfter,
    recovered: gone.recovered,
    exit: typed.exit(),
    left: gone.left,
    problems,
  };
}

function roleOf(hit: SeenProcess, { harness, guardian }: Cast): string {
  return `${hit === harness ? "harness" : hit === guardian ? "guardian" : "npm"} ${keyOf(hit)}`;
}

/**
 * Whom a blow to harness and guardian must have found: the guardian lives from before the first record to behind the
 * last, and so does the journal that names the harness.
 */
function unseen({ strike, command }: Blow, phase: Met, owner: Owner | undefined, cast: Cast | undefined): string[] {
  const part = partOf(phase);
  if (cast === undefined || command === "shop" || part === "start" || part === "report") return [];
  const isBoth = strike.kind === "kill-harness-and-guardian";
  const isHarness = strike.kind === "signal" && strike.to === "harness";
  return [
    ...((isBoth || isHarness) && owner === undefined ? ["no journal was seen that names the harness"] : []),
    ...(isBoth && cast.guardian === undefined ? [`no guardian was found in the ${phase}`] : []),
  ];
}

/** What came of the cleaning up. */
interface Cleaned {
  readonly goneAfter: number | undefined;
  readonly recovered: boolean;
  readonly left: readonly string[];
  readonly problems: readonly string[];
}

/** `isAlone`: there was no guardian when the blow fell, so that nobody but a `recover` can clean up behind a kill. */
async function cleaned(
  { ending, isAlone }: { readonly ending: Blow["ending"]; readonly isAlone: boolean },
  scene: Scene,
  { grounds, env, struckAt }: { grounds: Grounds; env: Readonly<Record<string, string>>; struckAt: number },
): Promise<Cleaned> {
  const { audit, typed } = scene;
  if (ending === "goes-on") await watchedEnd(typed, audit);
  let since = ending === "goes-on" ? performance.now() : struckAt;
  const problems: string[] = [];
  let isRecovered = ending === "recovered" && !isAlone;
  if (isRecovered) {
    problems.push(...(await recovered(grounds, env, scene)));
    since = performance.now();
  }
  let { left, at } = await untilGone(audit, typed, since);
  if (left.length > 0 && isAlone && (ending === "killed" || ending === "recovered")) {
    const { exit, said } = await recover(grounds, env);
    if (exit !== 0) problems.push(`recover ended with ${exit}: ${said}`);
    isRecovered = true;
    since = performance.now();
    ({ left, at } = await untilGone(audit, typed, since));
  }
  const goneAfter = left.length > 0 ? undefined : Math.max(0, at - since) / 1_000;
  return { goneAfter, recovered: isRecovered, left, problems };
}

/** Waits until the blow is due. False when the run ended before, or never came so far. */
async function untilDue(due: Due, scene: Scene): Promise<boolean> {
  const { audit, tail, typed } = scene;
  const deadline = typed.startedAt + REACH_DEADLINE_MS;
  const isEarly = due.phase === "born" || (due.mayMiss && due.phase === "start");
  for (let looks = 0; performance.now() < deadline; looks += 1) {
    const isWatched = looks % (WATCH_EVERY_MS / LOOK_EVERY_MS) === 0 || isEarly;
    const cast = isWatched ? scene.look() : undefined;
    const times = tail.begun().filter((phase) => phase === due.phase).length;
    // A random blow to the start may fall before the first record: from the first line of the harness on.
    const isBegun = isEarly
      ? due.phase === "born"
        ? audit.runIds.length > 0
        : cast?.harness !== undefined
      : times >= due.time;
    if (isBegun) {
      await waited(due.afterMs, scene);
      return true;
    }
    if (typed.exit() !== undefined) return due.mayMiss;
    await sleep(LOOK_EVERY_MS);
  }
  return false;
}

/** Goes on watching, so that whoever is started and ended meanwhile is known. A run that ends need not be waited for. */
async function waited(ms: number, scene: Scene): Promise<void> {
  const until = performance.now() + ms;
  for (let rest = ms; rest > 0 && scene.typed.exit() === undefined; rest = until - performance.now()) {
    if (rest > WATCH_EVERY_MS) scene.look();
    await sleep(Math.min(WATCH_EVERY_MS, Math.max(0, until - performance.now())));
  }
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

/**
 * Nobody is there to clean up: `recover` must name the run, and succeed. Something must be left for it, but in the
 * report, where the guardian may have come to the end of its work.
 */
async function recovered(
  grounds: Grounds,
  env: Readonly<Record<string, string>>,
  { audit, tail }: Scene,
): Promise<string[]> {
  // The kernel needs a moment to end the two, and what they had open with them.
  await sleep(500);
  const isSeen = audit.left().length > 0 || tail.phase === "report";
  const problems = isSeen ? [] : ["the audit saw nothing left of a run that nobody had cleaned up"];
  const { exit, said } = await recover(grounds, env);
  if (exit !== 0) problems.push(`recover ended with ${exit}: ${said}`);
  else if (!/never finished|nothing was left behind/.test(said))
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

export function lastLines(typed: Typed): string {
  // The live view moves the cursor; what is quoted must not.
  return stripVTControlCharacters(typed.said()).trim().split(/\r?\n/).slice(-6).join(" | ");
}
