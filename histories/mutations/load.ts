import { bucketOf, type HistogramData } from "#core/histogram.ts";
import { type Lane, type LoadBatch, loadZero, type Outcome, type Page } from "#core/history.ts";
import { loadLengthMs, phaseSpan } from "#core/scenario.ts";
import type { Draft } from "./draft.ts";
import type { Mutation } from "./mutation.ts";

type Batch = ReturnType<typeof batches>[number];

function batches(draft: Draft) {
  return draft.all("load.batch").filter(({ lane }) => lane !== "bots");
}

/** Twice every limit of the scenario. */
const SLOW_MS = 1_500;

/** Every so many-th of the values of a batch, counted over all batches, made slow. */
function slowed(latency: HistogramData, every: number, phase: { counted: number }): HistogramData {
  const changed: Record<string, number> = {};
  const add = (bucket: string, count: number): void => {
    if (count > 0) changed[bucket] = (changed[bucket] ?? 0) + count;
  };
  for (const [bucket, count] of Object.entries(latency)) {
    const slow = Math.floor((phase.counted + count) / every) - Math.floor(phase.counted / every);
    phase.counted += count;
    add(bucket, count - slow);
    add(String(bucketOf(SLOW_MS)), slow);
  }
  return changed;
}

function failed({ outcomes }: Batch, every: number, to: Outcome, phase: { counted: number }): LoadBatch["outcomes"] {
  const ok = outcomes.ok ?? 0;
  const bad = Math.floor((phase.counted + ok) / every) - Math.floor(phase.counted / every);
  phase.counted += ok;
  return bad === 0 ? outcomes : { ...outcomes, ok: ok - bad, [to]: (outcomes[to] ?? 0) + bad };
}

/** The seconds of the load that a fault touched, from its injection until it was observed gone. */
function faultSeconds(draft: Draft, id: string): readonly [number, number] | undefined {
  const zero = loadZero(draft.records) ?? 0;
  const of = (state: string) => draft.all("fault").find((record) => record.id === id && record.state === state)?.at;
  const [from, to] = [of("injecting"), of("healed")];
  return from === undefined || to === undefined
    ? undefined
    : [Math.floor((from - zero) / 1_000), Math.floor((to - zero) / 1_000)];
}

interface Where {
  readonly lane?: Lane;
  readonly page?: Page;
  readonly from?: number;
  readonly to?: number;
}

function isWithin({ lane, page, second }: Batch, where: Where): boolean {
  if (lane === "bots" || (where.lane !== undefined && lane !== where.lane)) return false;
  if (where.page !== undefined && page !== where.page) return false;
  return second >= (where.from ?? 0) && second <= (where.to ?? Number.POSITIVE_INFINITY);
}

/** A change to every batch of a place; false where there is no such place in this history. */
function everywhere(
  draft: Draft,
  where: Where,
  to: (batch: Batch, phase: { counted: number }, draft: Draft) => Partial<LoadBatch>,
): boolean {
  const phase = { counted: draft.random.integer(7) };
  let found = false;
  draft.change("load.batch", (batch) => {
    if (!isWithin(batch, where)) return batch;
    found = true;
    return { ...batch, ...to(batch, phase, draft) };
  });
  return found;
}

function ofLoad(
  name: string,
  does: string,
  expects: readonly string[],
  place: (draft: Draft) => Where | undefined,
  to: (batch: Batch, phase: { counted: number }, draft: Draft) => Partial<LoadBatch>,
): Mutation {
  return {
    name,
    does,
    expects,
    as: "either",
    spoil(draft) {
      const where = place(draft);
      return where !== undefined && everywhere(draft, where, to) ? JSON.stringify(where) : undefined;
    },
  };
}

const anywhere = (): Where => ({});
const inLane = (lane: Lane) => (): Where => ({ lane });

function inFault(draft: Draft): Where | undefined {
  const id = draft.pick(draft.all("fault").filter(({ state }) => state === "healed"))?.id;
  const span = id === undefined ? undefined : faultSeconds(draft, id);
  return span === undefined ? undefined : { from: span[0], to: span[1] };
}

/** From a second before a healing until the load ends or another fault begins: the shop does not come back. */
function afterHealing(draft: Draft): Where | undefined {
  const zero = loadZero(draft.records) ?? 0;
  const healed = draft.all("fault").filter(({ state }) => state === "healed");
  const endMs = zero + loadLengthMs(draft.input.scenario.load);
  const calm = healed.flatMap(({ at }) => {
    const next = draft.all("fault").find((record) => record.state === "injecting" && record.at > at)?.at ?? endMs;
    // As long as it takes to tell: ten seconds to recover and five to see it.
    return next - at >= 15_000
      ? [{ from: Math.floor((at - zero) / 1_000) - 6, to: Math.floor((next - zero) / 1_000) }]
      : [];
  });
  return draft.pick(calm);
}

function atPeak(draft: Draft): Where | undefined {
  const { load } = draft.input.scenario;
  const span = phaseSpan(load, load.peakPhase);
  return span === undefined ? undefined : { from: span.fromMs / 1_000, to: span.toMs / 1_000 };
}

/** The whole steady phase of a page that few ask for, and the buyers' lane does not. */
function seldomPage(draft: Draft): Where | undefined {
  const { load } = draft.input.scenario;
  const span = phaseSpan(load, load.steadyPhase);
  return span && { lane: "shoppers", page: "add", from: span.fromMs / 1_000, to: span.toMs / 1_000 - 1 };
}

const slow = (every: number) => (batch: Batch, phase: { counted: number }) => ({
  latency: slowed(batch.latency, every, phase),
});
const fail = (every: number, to: Outcome) => (batch: Batch, phase: { counted: number }, draft: Draft) => ({
  outcomes: failed(batch, Math.min(every, everyBeyond(draft)), to, phase),
});

/** Three times what the most lenient availability of the scenario allows: fewer failures than that may be within a budget. */
function everyBeyond({ input }: Draft): number {
  const shares = input.scenario.expect.flatMap((each) => (each.kind === "availability" ? [1 - each.atLeast] : []));
  return Math.max(2, Math.floor(1 / (3 * Math.max(0.001, ...shares))));
}

export const LOAD_MUTATIONS: readonly Mutation[] = [
  ofLoad("slow-two-in-a-hundred", "two in a hundred answers come after 1.5 s", ["latency-*"], anywhere, slow(50)),
  ofLoad(
    "slow-at-the-peak",
    "three in a hundred answers at the peak come after 1.5 s",
    ["latency-*"],
    atPeak,
    slow(33),
  ),
  ofLoad(
    "slow-for-buyers",
    "two in a hundred checkouts of the buyers' lane take 1.5 s",
    ["latency-buyers-*"],
    inLane("buyers"),
    slow(50),
  ),
  ofLoad(
    "slow-during-a-fault",
    "a fifth of the answers during a fault come after 1.5 s",
    ["latency-*"],
    inFault,
    slow(5),
  ),
  ofLoad("slow-after-healing", "a shop does not get fast again after a fault", ["recovery-*"], afterHealing, slow(4)),
  ofLoad(
    "failing-after-healing",
    "a shop goes on failing after a fault",
    ["recovery-*"],
    afterHealing,
    fail(4, "error"),
  ),
  ofLoad(
    "errors-one-in-two-hundred",
    "one in two hundred attempts fails, or more where that is allowed",
    ["availability-all-*"],
    anywhere,
    fail(200, "error"),
  ),
  ofLoad(
    "timeouts-one-in-fifty",
    "one in fifty attempts has no answer",
    ["availability-*", "latency-*"],
    anywhere,
    fail(50, "timeout"),
  ),
  ofLoad(
    "failing-for-buyers",
    "two in a hundred checkouts of the buyers' lane fail, or more where that is allowed",
    ["availability-buyers-*"],
    inLane("buyers"),
    fail(50, "unavailable"),
  ),
  ofLoad(
    "failing-during-a-fault",
    "three in a hundred attempts during a fault fail",
    ["availability-all-*"],
    inFault,
    fail(33, "unavailable"),
  ),
  ofLoad(
    "lost-in-the-queue",
    "one in a hundred requests never left, because its user still waited",
    ["availability-*", "latency-*", "trust-generator-told"],
    anywhere,
    fail(100, "lost"),
  ),
  ofLoad(
    "called-invalid",
    "three in a hundred right requests for a product are called invalid",
    ["valid-answers-*"],
    () => ({ lane: "shoppers", page: "product" }),
    fail(33, "invalid"),
  ),
  ofLoad(
    "buyers-called-invalid",
    "three in a hundred right checkouts are called invalid",
    ["valid-answers-*"],
    inLane("buyers"),
    fail(33, "invalid"),
  ),
  {
    name: "no-answer-at-all",
    does: "not one request was answered",
    expects: ["trust-generator-reached"],
    as: "unknown",
    spoil(draft) {
      draft.change("load.batch", (batch) => ({
        ...batch,
        outcomes: { refused: Object.values(batch.outcomes).reduce((sum, count) => sum + count, 0) },
      }));
      return "all requests";
    },
  },
  ofLoad(
    "page-never-in-a-phase",
    "a page that nobody could have in one phase, of which too few asked for its share to weigh",
    ["trust-pages-answered"],
    seldomPage,
    ({ outcomes }) => ({
      outcomes: { unavailable: Object.values(outcomes).reduce((sum, count) => sum + count, 0) },
    }),
  ),
  ofLoad("latencies-missing", "outcomes were told and latencies were not", ["latency-*"], anywhere, () => ({
    latency: {},
  })),
  {
    name: "carts-called-invalid",
    does: "every tenth checkout of a filled cart is called invalid",
    expects: ["valid-answers-*"],
    as: "either",
    spoil(draft) {
      let count = 0;
      draft.change("load.attempt", (record) => {
        if (record.lane !== "shoppers" || record.page !== "checkout") return record;
        count += 1;
        return count % 10 === 0 ? { ...record, outcome: "invalid", status: 422 } : record;
      });
      return count < 100 ? undefined : `${count} checkouts`;
    },
  },
  {
    name: "not-steady",
    does: "the shop did not reach its steady state",
    expects: ["steady-state*", "fault-*"],
    as: "either",
    spoil(draft) {
      draft.change("run", (record) => (record.state === "steady" ? { ...record, state: "not-steady" } : record));
      return "the gate";
    },
  },
];
