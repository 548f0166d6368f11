import { type HistoryRecord, loadZero, type SystemEvent } from "#core/history.ts";
import { CRASH_LOGGED, LOGS_READ, logsReadSchema } from "#core/part-logs.ts";
import { lastEvidence } from "#core/records.ts";
import type { Checker, CheckInput, ObjectiveResult } from "#core/verdict.ts";
import { endOfWatch, heldDown } from "./exits.ts";
import { seconds } from "./words.ts";

type Crash = HistoryRecord & SystemEvent;

/** How many are named one by one. */
const NAMED = 3;

/** A log is read five times a second, and what a killed server's last process wrote may be read when its fault is over. */
const LATE_MS = 1_000;

/**
 * Whether any part said in its log that a process of it crashed. A server with processes of its own outlives one of them:
 * PostgreSQL throws everybody out, recovers, and serves again within a second, and no supervisor has seen it end.
 */
export const quietLogsChecker: Checker = { name: "quiet-logs", check: (input) => [quietLogs(input)] };

function quietLogs(input: CheckInput): ObjectiveResult {
  const { records, topology } = input;
  const crashes = crashesIn(input);
  const zero = loadZero(records) ?? 0;
  const told = lastEvidence(input, LOGS_READ);
  const logs = told === undefined ? undefined : logsReadSchema.safeParse(told.data).data?.logs;
  const expected = topology.nodes.filter(({ spare }) => spare === undefined).map(({ id }) => id);
  const read = new Set((logs ?? []).filter(({ found, unread }) => found && unread === 0).map(({ node }) => node));
  const unread = expected.filter((id) => !read.has(id));
  const isBlind = unread.length > 0 || expected.length === 0;
  const blind =
    logs === undefined
      ? "nobody said that the logs of the parts were read"
      : `not read to its end: the log of ${unread.slice(0, NAMED).join(", ")}${unread.length > NAMED ? ` and ${unread.length - NAMED} more` : ""}`;
  const named = crashes.slice(0, NAMED).map((crash) => words(crash, zero));
  const more = crashes.length > NAMED ? [`and ${crashes.length - NAMED} more`] : [];
  const [first, last] = [crashes[0], crashes.at(-1)];
  return {
    id: "quiet-logs",
    group: "faults",
    title: "no part's log tells of a crash",
    state: first !== undefined ? "broken" : isBlind ? "unknown" : "held",
    target: "0 lines outside kill faults",
    observed:
      first === undefined && isBlind ? "not read" : `${crashes.length} ${crashes.length === 1 ? "line" : "lines"}`,
    samples: expected.length - unread.length,
    window: "whole run",
    reason:
      first !== undefined
        ? [...named, ...more].join("; ")
        : isBlind
          ? blind
          : `the logs of ${expected.length} parts were read to the end, and none has such a line`,
    evidence: [...crashes.slice(0, 9), ...(told === undefined ? [] : [told])].map(({ seq }) => seq),
    ...(first === undefined || last === undefined ? {} : { decidedAt: { fromMs: first.at, toMs: last.at } }),
    ...(first === undefined ? {} : { offenders: crashes.slice(0, 10).map((crash) => words(crash, zero)) }),
  };
}

/** Those that no kill fault on that very part explains, until the testbed took the shop down. */
function crashesIn(input: CheckInput): readonly Crash[] {
  const { records } = input;
  const raised = records.find((record) => record.kind === "run" && record.state === "raised")?.seq ?? 0;
  const over = endOfWatch(records, raised);
  const held = heldDown(input);
  return records.filter((record): record is Crash => {
    if (record.kind !== "system" || record.event !== CRASH_LOGGED || record.seq >= over) return false;
    const { node, at, seq } = record;
    return !held.some((span) => span.node === node && seq > span.fromSeq && at <= span.toMs + LATE_MS);
  });
}

/** `primary at 45.2s: "... was terminated by signal 9: Killed"`, counted from the first request. */
function words({ node, at, detail }: Crash, zero: number): string {
  const line = detail.length > 200 ? `${detail.slice(0, 200)}…` : detail;
  return `${node} at ${seconds(at - zero)}: "${line}"`;
}
