import type { HistoryRecord } from "#core/history.ts";
import { type LastWord, lastWordName, READERS } from "#core/last-words.ts";
import { LOGS_READ, type LogsRead } from "#core/part-logs.ts";
import { randomStream } from "#core/random.ts";
import { loadLengthMs, type Scenario, usersAt } from "#core/scenario.ts";
import type { Topology } from "#core/topology.ts";
import { type JoinedWitnesses, WITNESSES } from "#core/witnesses.ts";
import { READ_ONCE } from "#system/evidence/truth.ts";
import { courseOf, endOfRun, faultsOf } from "./course.ts";
import type { Told } from "./event.ts";
import { PretendLoad } from "./load.ts";
import { PretendShop } from "./pretend-shop.ts";
import { samplesAt } from "./samples.ts";

/** Run clock at the first planned request. */
const ZERO_MS = 12_000;
/** The generator's last word comes after the patience of the last user, the final reads after the rest. */
const LAST_WORD_MS = 2_000;
const FIRST_READ_MS = 9_000;
const SECOND_READ_MS = 14_000;
const JOINED_MS = 13_000;
const READERS_END_MS = 16_000;
/** The harness's own looks at the pages are in the edge's log too. */
const OWN_LOOKS = 16;
/** What the edge says of its own log. */
const DROPPED = "haproxy_process_dropped_logs_total";
/** Before the first request everything has been sampled a few times. */
const SAMPLED_BEFORE_SECONDS = 3;

/**
 * The history of a run that nobody made, in which everything went as it should: the same seed, scenario and topology
 * give the same records. They come one after the other, because a long history would not fit.
 */
export function* cleanHistory(seed: string, scenario: Scenario, topology: Topology): Generator<HistoryRecord> {
  const shop = new PretendShop();
  const load = new PretendLoad(scenario.load, shop, randomStream(seed, "pretend-load"));
  const faults = faultsOf(scenario, topology);
  const seconds = Math.ceil(loadLengthMs(scenario.load) / 1_000);
  let waiting: Told[] = [...courseOf(scenario, topology, faults, ZERO_MS)];
  let seq = 0;
  let views = 0;
  let samples = 0;
  const recordOf = ({ atMs, source, event, happenedMs }: Told): HistoryRecord => {
    if (event.kind === "sample") samples += 1;
    const dated = happenedMs === undefined ? {} : { sourceAt: ZERO_MS + happenedMs };
    return { seq: seq++, at: ZERO_MS + atMs, source, ...dated, ...event };
  };
  for (let second = -SAMPLED_BEFORE_SECONDS; second < seconds; second += 1) {
    waiting.push(...samplesAt(second, views, topology, faults, shop.declined));
    if (second >= 0) {
      waiting.push(...load.second(second));
      views += Math.round(usersAt(scenario.load, second * 1_000) / scenario.load.scale);
    }
    const told = waiting.filter(({ atMs }) => atMs < (second + 1) * 1_000).sort((a, b) => a.atMs - b.atMs);
    waiting = waiting.filter(({ atMs }) => atMs >= (second + 1) * 1_000);
    for (const each of told) yield recordOf(each);
  }
  waiting.push(...lastWords(seconds, load.totals));
  waiting.push(...samplesAt(seconds, views, topology, faults, shop.declined));
  const endMs = loadLengthMs(scenario.load);
  for (const [round, atMs] of [
    [1, endMs + FIRST_READ_MS],
    [2, endMs + SECOND_READ_MS],
  ] as const) {
    for (const [name, data] of Object.entries(shop.books())) {
      // To look at a page changes what the shop remembers, so that is done once.
      if (round === 1 && READ_ONCE.some((part) => part === name)) continue;
      waiting.push({ atMs, source: "harness", event: { kind: "evidence", name: `final/${round}/${name}`, data } });
    }
  }
  for (const each of waiting.sort((a, b) => a.atMs - b.atMs)) yield recordOf(each);
  for (const reader of READERS) {
    const told = reader === "usage" ? 1 : samples - 1;
    const well = { everyMs: 1_000, told, answered: told, speechless: [], silentMs: 400, longestGapMs: 1_100 };
    const data: LastWord = { sources: [{ name: reader, node: "harness", ...well }] };
    const event = { kind: "evidence", name: lastWordName(reader), data } as const;
    yield recordOf({ atMs: endMs + READERS_END_MS, source: "harness", event });
  }
  const read = topology.nodes.filter(({ spare }) => spare === undefined);
  const data: LogsRead = { logs: read.map(({ id: node }) => ({ node, found: true, bytes: 4_000, unread: 0 })) };
  const event = { kind: "evidence", name: LOGS_READ, data } as const;
  yield recordOf({ atMs: endMs + READERS_END_MS, source: "harness", event });
  yield recordOf(endOfRun(endMs + READERS_END_MS));
}

type Totals = PretendLoad["totals"];

/** The generator's, and what it and the edge's log come to when they are joined. */
function lastWords(seconds: number, { planned, attempts, answers, clashes }: Totals): readonly Told[] {
  const atMs = seconds * 1_000 + LAST_WORD_MS;
  const said = { exitCode: 0, complete: true, detail: "everybody said a last word" };
  const data: JoinedWitnesses = {
    kind: "joined",
    attempts,
    answers,
    lines: attempts + OWN_LOOKS,
    agreed: answers,
    unanswered: { unseen: 0, seen: attempts - answers },
    resent: 0,
    unread: 0,
    cut: 0,
    inFlight: 0,
    own: OWN_LOOKS,
    nameless: 0,
    differences: {},
    examples: {},
    clock: { samples: answers, seconds, blurred: 0, contradictory: 0, atLeastMs: -27.4, atMostMs: -30.2 },
    tookMs: 900,
  };
  return [
    {
      atMs,
      source: "generator",
      happenedMs: atMs - 100,
      event: { kind: "load.ended", ...said, planned, accounted: planned, clashes },
    },
    { atMs: atMs + 300, source: "harness", event: { kind: "sample", node: "edge", values: { [DROPPED]: 0 } } },
    { atMs: atMs + JOINED_MS, source: "harness", event: { kind: "evidence", name: WITNESSES, data } },
  ];
}
