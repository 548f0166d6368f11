import { loadZero } from "#core/history.ts";
import { lastEvidence, recordsOf } from "#core/records.ts";
import { loadLengthMs } from "#core/scenario.ts";
import type { Checker, CheckInput, ObjectiveResult } from "#core/verdict.ts";
import { DIFFERENCES, type Difference, type JoinedWitnesses, WITNESSES, witnessesSchema } from "#core/witnesses.ts";
import { countWords, seconds } from "./words.ts";

/** Counter of the edge's own that nobody reads from its log, because what it counts is not there. */
const DROPPED = "haproxy_process_dropped_logs_total";

/**
 * Whether two witnesses say the same: the generator, which recorded what it sent and got, and the shop's door, which
 * logged what it read and answered. They are joined by request id, never by totals: a request whose user gave up is
 * a failure to one and a success to the other, and one that was under way when the generator ended is known to the door
 * alone.
 */
export const witnessesChecker: Checker = { name: "witnesses", check: (input) => [agreement(input), doorClock(input)] };

/**
 * Seconds whose answers contradict each other by more than a second. A starved HAProxy dates a turn of its loop too early
 * by less (0.86 s at most; on a busy machine six of 58 seconds by 124 to 158 ms), so by more it is starved hardly ever:
 * three leave room for one turn of more than a second, with the seconds in which it begins and ends, and a twentieth of a
 * long load for some of them. A clock that jumps about spoils every second. One second that lies more than five away is one
 * too many: no starved edge does that.
 */
const MOST_CONTRADICTORY = { seconds: 3, share: 0.05 } as const;

/**
 * Seconds of the load whose answers bound the clock, at least: half. On a machine that was far too busy it was three
 * quarters; an answer or two say nothing of a clock that was set before or after them.
 */
const LEAST_COMPARED = 0.5;

type Found =
  | { readonly kind: "joined"; readonly data: JoinedWitnesses; readonly seq: number }
  | { readonly kind: "none"; readonly why: string; readonly evidence: readonly number[] };

function find(input: CheckInput): Found {
  const record = lastEvidence(input, WITNESSES);
  if (record === undefined) {
    const why =
      "nobody joined the generator's records with the edge's log: the run ended before that, or is older than it";
    return { kind: "none", why, evidence: [] };
  }
  const parsed = witnessesSchema.safeParse(record.data);
  const evidence = [record.seq];
  if (!parsed.success) return { kind: "none", why: "what was joined cannot be read", evidence };
  const { data } = parsed;
  if (data.kind === "failed") return { kind: "none", why: `could not be joined: ${data.reason}`, evidence };
  return { kind: "joined", data, seq: record.seq };
}

const AGREEMENT = {
  id: "trust-witnesses",
  group: "trust",
  title: "the generator's records and the edge's log agree, request by request",
  target: "0 differences",
  window: "whole run",
} as const;

function agreement(input: CheckInput): ObjectiveResult {
  const found = find(input);
  if (found.kind === "none") {
    return {
      ...AGREEMENT,
      state: "unknown",
      observed: "not joined",
      samples: 0,
      reason: found.why,
      evidence: found.evidence,
    };
  }
  const { data, seq } = found;
  const problems = [...differences(data, input), ...unjoined(data, input), ...dropped(input)];
  const total = problems.reduce((sum, { count }) => sum + count, 0);
  // Two empty files agree as well, and so do two that nobody could join.
  const hasJoined = data.agreed > 0;
  return {
    ...AGREEMENT,
    state: hasJoined && problems.length === 0 ? "held" : "unknown",
    observed: hasJoined || total > 0 ? `${countWords(total)} differences` : "nothing joined",
    samples: data.attempts,
    reason: [
      ...problems.map(({ words }) => words),
      ...(hasJoined ? [] : ["not one answer was found in both"]),
      ...told(data, input),
    ].join("; "),
    evidence: [seq],
    ...(problems.length === 0 ? {} : { offenders: problems.flatMap(({ examples }) => examples).slice(0, 10) }),
  };
}

interface Problem {
  readonly count: number;
  readonly words: string;
  readonly examples: readonly string[];
}

const KINDS = Object.keys(DIFFERENCES) as readonly Difference[];

function differences(data: JoinedWitnesses, input: CheckInput): readonly Problem[] {
  const found = KINDS.flatMap((kind): readonly Problem[] => {
    const count = data.differences[kind] ?? 0;
    const examples = data.examples[kind] ?? [];
    const first = examples[0] === undefined ? "" : `, first ${examples[0]}`;
    return count === 0 ? [] : [{ count, words: `${countWords(count)} ${DIFFERENCES[kind]}${first}`, examples }];
  });
  if (data.inFlight === 0 || endedEarly(input)) return found;
  const words = `${countWords(data.inFlight)} requests at the end that no attempt accounts for, of a generator that had said its last word`;
  return [...found, { count: data.inFlight, words, examples: [] }];
}

/** Two logs that were cut at the same place agree as well: as many attempts were joined as the history knows to have left. */
function unjoined({ attempts }: JoinedWitnesses, input: CheckInput): readonly Problem[] {
  let left = 0;
  for (const { outcomes } of recordsOf(input, "load.batch")) {
    const { lost = 0, unsent = 0 } = outcomes;
    left += Object.values(outcomes).reduce((sum, count) => sum + count, 0) - lost - unsent;
  }
  // Where nothing was joined at all, that is said by itself.
  if (left === attempts || attempts === 0) return [];
  const words = `${countWords(attempts)} attempts were joined, the history knows of ${countWords(left)}`;
  return [{ count: Math.abs(left - attempts), words, examples: [] }];
}

/** Only a generator that did not come to its own end leaves requests under way. */
function endedEarly({ records }: CheckInput): boolean {
  const ended = records.findLast((record) => record.kind === "load.ended");
  return ended?.kind !== "load.ended" || !ended.complete;
}

/** What the edge threw away of its own log, as it counts it itself. Its absence says that nobody asked. */
function dropped(input: CheckInput): readonly Problem[] {
  const { records } = input;
  const zero = loadZero(records) ?? 0;
  const counts: { readonly at: number; readonly count: number }[] = [];
  for (const { at, values } of recordsOf(input, "sample", undefined, [DROPPED])) {
    const count = values[DROPPED];
    if (at >= zero && count !== undefined) counts.push({ at, count });
  }
  const lastAt = counts.at(-1)?.at;
  const ended = records.find((record) => record.kind === "load.ended");
  if (lastAt === undefined || (ended !== undefined && lastAt < ended.at)) {
    const words = "nobody asked the edge after the load how many lines of its log it had dropped";
    return [{ count: 0, words, examples: [] }];
  }
  const most = Math.max(...counts.map(({ count }) => count));
  return most === 0
    ? []
    : [{ count: most, words: `the edge dropped ${countWords(most)} lines of its log`, examples: [] }];
}

/** What is no difference and has to be known all the same. */
function told(data: JoinedWitnesses, input: CheckInput): readonly string[] {
  const { agreed, answers, unanswered, resent, unread, cut, inFlight } = data;
  const some = (count: number, words: string): readonly string[] =>
    count === 0 ? [] : [`${countWords(count)} ${words}`];
  return [
    `${countWords(agreed)} of ${countWords(answers)} answers have their line`,
    ...some(unanswered.seen, "attempts that got no answer have a line all the same"),
    ...some(unanswered.unseen, "attempts that got no answer have none"),
    ...some(resent, `attempts were sent again by the HTTP client itself, first ${data.examples.resent?.[0]}`),
    ...some(unread, "were answered before their request was read"),
    ...some(cut, "were answered in the second in which the edge ended, and their line is lost with it"),
    ...(endedEarly(input) ? some(inFlight, "requests were under way when the generator ended") : []),
  ];
}

function doorClock(input: CheckInput): ObjectiveResult {
  const found = find(input);
  const base = {
    id: "trust-edge-clock",
    group: "trust",
    title: "the edge's clock and the run clock kept step",
    target: "no answer whose times contradict those of others",
    window: "whole run",
  } as const;
  if (found.kind === "none") {
    return {
      ...base,
      state: "unknown",
      observed: "not compared",
      samples: 0,
      reason: found.why,
      evidence: found.evidence,
    };
  }
  const { samples, seconds: compared, blurred, contradictory, far = 0, atLeastMs, atMostMs, step } = found.data.clock;
  const least = Math.ceil((loadLengthMs(input.scenario.load) / 1_000) * LEAST_COMPARED);
  const isCompared = samples > 0 && compared - contradictory >= least;
  const most = Math.max(MOST_CONTRADICTORY.seconds, Math.floor(compared * MOST_CONTRADICTORY.share));
  const strange = `${countWords(contradictory)} of ${countWords(compared)} seconds contradict themselves or those before by more than a second`;
  const farAway = `${countWords(far)} of ${countWords(compared)} seconds contradict themselves or those before by more than five seconds`;
  const told = blurred === 0 ? strange : `${strange}, ${countWords(blurred)} themselves by less`;
  const isSteady = step === undefined && contradictory <= most && far === 0;
  const between = `between ${Math.min(atLeastMs, atMostMs)} and ${Math.max(atLeastMs, atMostMs)}ms apart`;
  return {
    ...base,
    state: isCompared && isSteady ? "held" : "unknown",
    observed: !isCompared ? "not compared" : step === undefined ? between : `a step of ${seconds(step.byMs)}`,
    samples,
    reason: !isCompared
      ? samples === 0
        ? "no answer was dated by both"
        : `${strange}: it takes ${least} that do not, or nobody knows whether a clock was set`
      : step === undefined
        ? isSteady
          ? `every request began at the edge after it was sent, and ended there before its answer was received; ${told}`
          : far > 0
            ? `${farAway}: one of the clocks was set and set back, and nothing that is starved does that`
            : `${strange}, and ${most} may: one of the clocks jumps about, or the edge was starved for longer than anybody can tell it from that`
        : `from second ${step.atSecond} of the load on, the times of the same requests by both clocks contradict those before: one of them was set`,
    evidence: [found.seq],
  };
}
