import { type HistoryRecord, loadZero, type NodeEvent, type SystemEvent } from "#core/history.ts";
import { lastWordName } from "#core/last-words.ts";
import { selectNodes } from "#core/topology.ts";
import type { Checker, CheckInput, ObjectiveResult } from "#core/verdict.ts";
import { faultSpans } from "./window.ts";
import { seconds } from "./words.ts";

type Exit = HistoryRecord & NodeEvent;

/** The links of a shop, as a part of the testbed: `network` in the history, like its samples. */
const NETWORK = "network";

/** How many exits are named one by one; a part in a crash loop tells thousands. */
const NAMED = 3;

/**
 * Whether every part that ended was ended by a fault of the plan. A supervisor starts a crashed part anew, and a shop with
 * replicas to spare may keep every other objective meanwhile: the crash itself still has to count.
 *
 * What the testbed does itself is told with other words (`killed`, `stopped`); `exited` is what nobody asked for. It can
 * still stand inside a kill fault, of the part that was killed: when its links are slow to refuse. From the moment at
 * which the testbed lets go of it, it has to stand by itself.
 */
export const exitsChecker: Checker = {
  name: "exits",
  check: (input) => {
    const exits = exitsIn(input);
    const parts = new Set(input.topology.nodes.map(({ id }) => id));
    const watched = new Set(
      input.records.flatMap((record) => (record.kind === "node" && record.state === "ready" ? [record.node] : [])),
    );
    return [
      ofTheShop(
        exits.filter(({ node }) => parts.has(node)),
        watched,
        input,
      ),
      ofTheTestbed(
        exits.filter(({ node }) => !parts.has(node)),
        watched,
        input,
      ),
    ];
  },
};

/**
 * Exits from a part's own readiness until the testbed took the shop down, but for those of a part that a kill fault holds
 * down. One that is not ready yet and ends has kept the shop from being raised at all, and is told by that.
 */
function exitsIn(input: CheckInput): readonly Exit[] {
  const { records } = input;
  const raised = records.find((record) => record.kind === "run" && record.state === "raised")?.seq ?? 0;
  const over = endOfWatch(records, raised);
  const standing = new Set<string>();
  const held = heldDown(input);
  const isPlanned = ({ node, at, seq }: Exit): boolean =>
    held.some((span) => span.node === node && seq > span.fromSeq && at <= span.toMs);
  return records.filter((record): record is Exit => {
    if (record.kind !== "node" || record.seq >= over) return false;
    if (record.state === "ready") standing.add(record.node);
    // A raise that is tried again on other ports takes down what stood already.
    if (record.state === "stopped") standing.delete(record.node);
    if (record.state !== "exited") return false;
    return (record.seq > raised || standing.has(record.node)) && !isPlanned(record);
  });
}

/**
 * When parts were held down: from their killing until the fault's window was over, which is when the testbed lets go, and
 * before anybody has seen it healed. A fault that was not seen in force has been let go of by the time that is said.
 */
export function heldDown({ scenario, topology, records }: CheckInput) {
  return faultSpans(records).flatMap((span) => {
    const fault = scenario.timeline.find(({ id }) => id === span.id)?.fault;
    if (fault?.kind !== "kill") return [];
    const toMs =
      records.find(
        (record) =>
          record.kind === "fault" &&
          record.id === span.id &&
          (record.state === "healing" || record.state === "unproven" || record.state === "healed"),
      )?.at ?? span.toMs;
    return selectNodes(topology, fault.node).flatMap(({ id: node }) => {
      const killed = records.find(
        (record) =>
          record.kind === "node" &&
          record.node === node &&
          record.state === "killed" &&
          record.at >= span.fromMs &&
          record.at <= toMs,
      );
      return killed === undefined ? [] : [{ node, fromSeq: killed.seq, toMs }];
    });
  });
}

/**
 * The first record that is no longer of the shop under watch: the samplers' last word, which they say after the final
 * reads (a shop that is kept for hands after that may be killed by them), or the first part that the testbed stops.
 */
export function endOfWatch(records: readonly HistoryRecord[], raised: number): number {
  const end = records.find(
    (record) =>
      record.seq > raised &&
      ((record.kind === "evidence" && record.name === lastWordName("samplers")) ||
        (record.kind === "node" && record.state === "stopped")),
  );
  return end?.seq ?? Number.POSITIVE_INFINITY;
}

function ofTheShop(exits: readonly Exit[], watched: ReadonlySet<string>, input: CheckInput): ObjectiveResult {
  const begun = loadZero(input.records);
  const zero = begun ?? 0;
  const expected = input.topology.nodes.filter(({ spare }) => spare === undefined).map(({ id }) => id);
  const unwatched = expected.filter((id) => !watched.has(id));
  const isBlind = unwatched.length > 0 || expected.length === 0 || begun === undefined;
  const blind =
    unwatched.length === 0
      ? "no load ever began: nobody watched whether a part ended under it"
      : `nobody said that ${unwatched.slice(0, NAMED).join(", ")}${unwatched.length > NAMED ? ` and ${unwatched.length - NAMED} more` : ""} ever stood: whether it ended, nobody knows`;
  const quiet = `${expected.length} parts were watched, from their readiness until the final reads were done`;
  return {
    id: "unplanned-exits",
    group: "faults",
    title: "no part ended that nobody ended",
    state: exits.length > 0 ? "broken" : isBlind ? "unknown" : "held",
    target: "0 exits outside kill faults",
    observed:
      exits.length === 0 && isBlind ? "not watched" : `${exits.length} ${exits.length === 1 ? "exit" : "exits"}`,
    samples: expected.length - unwatched.length,
    window: "whole run",
    reason: exits.length > 0 ? `${named(exits, zero)}; its log says why` : isBlind ? blind : quiet,
    evidence: exits.slice(0, 10).map(({ seq }) => seq),
    ...decidedBy(exits),
    ...(exits.length === 0 ? {} : { offenders: exits.slice(0, 10).map((exit) => words(exit, zero)) }),
  };
}

/** The proxies, and the healing of faults: without them nobody knows what the shop was given to bear. */
function ofTheTestbed(exits: readonly Exit[], watched: ReadonlySet<string>, input: CheckInput): ObjectiveResult {
  const zero = loadZero(input.records) ?? 0;
  const unhealed = input.records.filter(
    (record): record is HistoryRecord & SystemEvent => record.kind === "system" && record.event === "healing-failed",
  );
  const told = [
    ...(watched.has(NETWORK)
      ? []
      : ["nobody said that the links of the shop ever stood: whether they did, nobody knows"]),
    ...(exits.length > 0 ? [`${named(exits, zero)}: the shop may have felt that and not its own failure`] : []),
    ...unhealed.map(
      ({ detail }) => `not healed at the end (${detail}): what was read after it may be of a shop in need`,
    ),
  ];
  return {
    id: "trust-parts",
    group: "trust",
    title: "the testbed's own parts stood, and healed what they broke",
    state: told.length === 0 ? "held" : "unknown",
    target: "0 exits, 0 healings failed",
    observed: watched.has(NETWORK) ? `${exits.length} exits, ${unhealed.length} healings failed` : "not watched",
    samples: watched.has(NETWORK) ? 1 : 0,
    window: "whole run",
    reason: told.length === 0 ? "nothing of it ended before its time" : told.join("; "),
    evidence: [...exits, ...unhealed].slice(0, 10).map(({ seq }) => seq),
    ...decidedBy(exits),
  };
}

function named(exits: readonly Exit[], zero: number): string {
  const more = exits.length > NAMED ? `, and ${exits.length - NAMED} more` : "";
  return (
    exits
      .slice(0, NAMED)
      .map((exit) => words(exit, zero))
      .join(", ") + more
  );
}

/** `worker-1 at 45.2s (exit code 1)`, counted from the first request. */
function words({ node, at, detail }: Exit, zero: number): string {
  return `${node} at ${seconds(at - zero)} (${detail})`;
}

function decidedBy(exits: readonly Exit[]): Pick<ObjectiveResult, "decidedAt"> {
  const [first, last] = [exits[0], exits.at(-1)];
  return first === undefined || last === undefined ? {} : { decidedAt: { fromMs: first.at, toMs: last.at } };
}
