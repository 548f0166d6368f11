import { mkdtemp, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { z } from "zod";
import { Audit } from "./audit/audit.ts";
import { keyOf, readProcesses, type SeenProcess } from "./audit/processes.ts";
import type { Blow } from "./blow.ts";
import { type Grounds, resultsOf } from "./grounds.ts";
import { HistoryTail } from "./history.ts";
import { type Typed, type } from "./launch.ts";
import { forget, type Lot, lastLines, latestOf, type Outcome, quickRun, tidyUp, untilGone } from "./ordeal.ts";
import { ownerOf } from "./owner.ts";
import { castOf, deal, misdealt } from "./strike.ts";

/** How two runs share the machine; one after the other takes its turn. */
interface Variant {
  readonly states: "the same state folder" | "state folders of their own";
  /** How the first comes to its end while the second lives. */
  readonly first: "ends" | "is killed";
}

const VARIANTS: readonly Variant[] = [
  { states: "the same state folder", first: "is killed" },
  { states: "the same state folder", first: "ends" },
  { states: "state folders of their own", first: "is killed" },
  { states: "state folders of their own", first: "ends" },
];

/** The second begins this long after the first at least: it must still live when the first has ended by itself. */
const LATER_AT_LEAST_MS = 4_000;
const LATER_AT_MOST_MS = 12_000;

/** The first is killed this long after the second has begun: from its raise to the faults of both, before its own end. */
const KILLED_WITHIN_MS = 25_000;

/** Two at once need no twice as long: a short run waits for its clock most of the time. */
const RUN_DEADLINE_MS = 240_000;
const WATCH_EVERY_MS = 250;

/**
 * Of a run that lives on: its parts, generator, proxies and guardian, which are what its harness has started in sessions
 * of their own. Servers in a draft only prepare data, and end when they have.
 */
function partsOf(family: readonly SeenProcess[]): readonly SeenProcess[] {
  const { harness } = castOf(family);
  return family.filter(
    ({ pid, parent, session, state, argv }) =>
      parent === harness?.pid && pid === session && state !== "Z" && !argv.some((word) => word.includes(".draft")),
  );
}

/** One of the two. */
interface Twin extends Disposable {
  readonly grounds: Grounds;
  readonly seed: string;
  readonly temporary: string;
  /** Knows its own run by that run's marks alone. */
  readonly audit: Audit;
  /** Opened before both: what neither of them can be told to have left is found by it. */
  readonly whole: Audit;
  readonly tail: HistoryTail;
}

interface LivingTwin extends Twin {
  readonly typed: Typed;
}

async function prepare(grounds: Grounds, seed: string): Promise<Twin> {
  const temporary = await mkdtemp(join(grounds.temporary, "survival-"));
  const results = resultsOf(grounds);
  const places = { state: grounds.state, cache: grounds.cache, temporary, results };
  const tail = new HistoryTail(results, seed);
  return {
    grounds,
    seed,
    temporary,
    audit: new Audit(places, "shared"),
    whole: new Audit(places),
    tail,
    [Symbol.dispose]: () => tail[Symbol.dispose](),
  };
}

function begin(twin: Twin): LivingTwin {
  const { grounds, seed } = twin;
  const typed = type({ root: grounds.root, words: quickRun(grounds, seed), env: environmentOf(twin), terminal: false });
  return { ...twin, typed };
}

function environmentOf({ grounds, temporary }: Twin): Readonly<Record<string, string>> {
  return { DOORBUSTER_STATE: grounds.state, TMPDIR: temporary };
}

/**
 * Starts two runs of different seeds, lets the first end or kills its harness, and looks from outside whether it took
 * with it all that was its own, and nothing that was the other's.
 */
export async function undergoBeside(
  blow: Blow,
  { seed, number, random }: Lot,
  [here, elsewhere]: readonly [Grounds, Grounds],
): Promise<Outcome> {
  const variant = VARIANTS[number % VARIANTS.length];
  if (variant === undefined) throw new RangeError("there are no variants");
  const latest = await latestOf(resultsOf(here));
  using one = await prepare(here, `${seed}-first`);
  using two = await prepare(variant.states === "the same state folder" ? here : elsewhere, `${seed}-second`);
  const first = begin(one);
  await sleep(LATER_AT_LEAST_MS + random.next() * (LATER_AT_MOST_MS - LATER_AT_LEAST_MS));
  const second = begin(two);
  const watch = (): void => [first, second].forEach(look);
  const killedAt = second.typed.startedAt + random.next() * KILLED_WITHIN_MS;
  // Before the first part of the second carries its run's mark, there is nothing that could be taken from it.
  const isDue = (): boolean =>
    variant.first === "is killed" && performance.now() >= killedAt && second.audit.runIds.length > 0;
  await watched(() => first.typed.exit() !== undefined || isDue(), watch);
  const parted = await part(first, second, variant);
  await watched(() => second.typed.exit() !== undefined, watch);
  const end = performance.now();
  const problems = [...parted.problems];
  for (const audit of [second.audit, first.whole, second.whole])
    problems.push(...(await untilGone(audit, second.typed, end)).left);
  const exits = blow.exits ?? [];
  problems.push(...(await ending(second, exits)));
  if (variant.first === "ends") problems.push(...(await ending(first, exits)));
  await putAway([first, second], latest, problems);
  const { struckAt, phase, hit, goneAfter, left } = parted;
  const exit = second.typed.exit();
  return { blow, seed, dealt: true, struckAt, phase, hit, goneAfter, recovered: false, exit, left, problems };
}

function look({ audit, whole, tail, typed }: LivingTwin): void {
  audit.watch(typed.pid);
  whole.watch(typed.pid);
  tail.begun();
}

type Parted = Pick<Outcome, "struckAt" | "phase" | "hit" | "goneAfter" | "left" | "problems">;

/** The first one's end, of whichever kind, and what it took with it. */
async function part(first: LivingTwin, second: LivingTwin, variant: Variant): Promise<Parted> {
  const problems: string[] = [];
  const living = partsOf(second.audit.watch(second.typed.pid));
  const endedBefore = second.tail.ended;
  const phases = [first, second].map(({ tail }) => tail.begun().at(-1) ?? "before the history");
  if (second.typed.exit() !== undefined) problems.push("the second run had ended before the first: nothing was shown");
  const at = performance.now();
  let hit: readonly string[] = [];
  if (variant.first === "is killed") {
    const strike = { kind: "signal", to: "harness", signal: "SIGKILL" } as const;
    const family = first.audit.watch(first.typed.pid);
    const [id] = first.audit.runIds;
    const owner = id === undefined ? undefined : ownerOf(first.grounds.state, id);
    const cast = castOf(family, owner);
    const dealt = await deal(strike, first.typed, cast);
    if (dealt.missed !== undefined) problems.push(`the first run was not killed: ${dealt.missed}`);
    problems.push(...(await misdealt(strike, dealt, cast, owner)));
    hit = dealt.hit.map((each) => `harness ${keyOf(each)}`);
  }
  const gone = await untilGone(first.audit, first.typed, at);
  problems.push(...gone.left.map((what) => `of the first run: ${what}`));
  problems.push(...(await bereft(second, living, endedBefore)));
  return {
    problems,
    hit,
    left: gone.left,
    struckAt: (at - first.typed.startedAt) / 1_000,
    phase: `first ${variant.first} in ${phases[0]}, second in ${phases[1]}; ${variant.states}`,
    goneAfter: gone.left.length > 0 ? undefined : (gone.at - at) / 1_000,
  };
}

/** Results that nobody wants to read go; what one of the runs has left is tidied up. */
async function putAway(twins: readonly LivingTwin[], latest: string | undefined, problems: string[]): Promise<void> {
  const isClean = problems.length === 0;
  for (const twin of twins) {
    if (!isClean) {
      problems.push(...(await tidyUp(twin.grounds, environmentOf(twin))));
      continue;
    }
    await forget(resultsOf(twin.grounds), twin.tail.folder, latest);
    await rm(twin.temporary, { recursive: true, force: true });
  }
}

async function watched(until: () => boolean, watch: () => void): Promise<void> {
  const deadline = performance.now() + RUN_DEADLINE_MS;
  while (!until() && performance.now() < deadline) {
    watch();
    await sleep(WATCH_EVERY_MS);
  }
}

/** What of the run that lives on was there before the other's end and is gone, and which of it the run does not explain itself. */
async function bereft(
  twin: LivingTwin,
  before: readonly SeenProcess[],
  endedBefore: number,
): Promise<readonly string[]> {
  if (before.length === 0) return ["no part of the second run was seen living: nothing was shown"];
  // Its own words about parts that it killed or saw ending reach its history within this.
  await sleep(500);
  twin.tail.begun();
  const now = new Set(readProcesses().map(keyOf));
  const gone = before.filter((each) => !now.has(keyOf(each)));
  if (gone.length <= twin.tail.ended - endedBefore) return [];
  return gone.map(
    ({ pid, argv }) => `of the second run, which lives on, process ${pid} is gone (${argv.join(" ").slice(0, 80)})`,
  );
}

const resultSchema = z.object({
  cutShort: z.string().optional(),
  leftBehind: z.array(z.string()).optional(),
  objectives: z.array(z.object({ group: z.string(), title: z.string(), state: z.string(), observed: z.string() })),
});

/** A run that nobody hit must come to its own end, with its orders in order, and no part ended by anybody. */
async function ending({ typed, tail }: LivingTwin, exits: readonly number[]): Promise<readonly string[]> {
  const exit = typed.exit();
  if (exit === undefined || !exits.includes(exit)) return [`npm ended with ${exit}: ${lastLines(typed)}`];
  const { folder } = tail;
  if (folder === undefined) return ["it has no result folder"];
  const result = resultSchema.parse(JSON.parse(await readFile(join(folder, "result.json"), "utf8")));
  const orders = result.objectives.filter(({ group }) => group === "orders");
  const history = gunzipSync(await readFile(join(folder, "history.jsonl.gz"))).toString("utf8");
  return [
    ...(result.cutShort === undefined ? [] : [`it was cut short: ${result.cutShort}`]),
    ...(result.leftBehind ?? ["it did not look at what it left"]).map((what) => `it says itself: ${what}`),
    ...(orders.length === 0 ? ["no invariant of the orders was looked at"] : []),
    ...orders.filter(({ state }) => state === "broken").map(({ title, observed }) => `${title}: ${observed}`),
    ...history
      .split("\n")
      .filter((line) => line.includes('"kind":"node"') && line.includes('"state":"exited"'))
      .map((line) => `a part ended that nobody had ended: ${line.slice(0, 160)}`),
  ];
}
