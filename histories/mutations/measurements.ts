import type { Sample } from "#core/history.ts";
import { DIFFERENCES, type Difference, type JoinedWitnesses, WITNESSES, witnessesSchema } from "#core/witnesses.ts";
import type { Mutation } from "./mutation.ts";
import { mutation, ofSamples, STEP_MS } from "./telling.ts";

const KINDS = Object.keys(DIFFERENCES) as readonly Difference[];
/** What the edge says of its own log. */
const DROPPED = "haproxy_process_dropped_logs_total";

/** A change to what the two witnesses of the load come to when they are joined. */
function ofJoined(
  name: string,
  does: string,
  expects: string,
  to: (joined: JoinedWitnesses) => Partial<JoinedWitnesses> | undefined,
): Mutation {
  return mutation(name, does, [expects], (draft) => {
    draft.change("evidence", (record) => {
      if (record.name !== WITNESSES) return record;
      const joined = witnessesSchema.parse(record.data);
      const change = joined.kind === "joined" ? to(joined) : undefined;
      return change === undefined ? undefined : { ...record, data: { ...joined, ...change } };
    });
    draft.renumber();
    return WITNESSES;
  });
}

const JOINED: readonly Mutation[] = [
  ofJoined(
    "witnesses-missing",
    "nobody joined the generator's records with the edge's log",
    "trust-witnesses",
    () => undefined,
  ),
  ...KINDS.map((kind) =>
    ofJoined(
      `witnesses-differ-${kind.toLowerCase()}`,
      `one of the ${DIFFERENCES[kind]}`,
      "trust-witnesses",
      ({ differences }) => ({
        differences: { ...differences, [kind]: 1 },
      }),
    ),
  ),
  ofJoined("witnesses-under-way", "a request was under way when the generator had ended", "trust-witnesses", () => ({
    inFlight: 1,
  })),
  ofJoined("witnesses-of-nothing", "two empty records agree", "trust-witnesses", () => ({
    attempts: 0,
    answers: 0,
    lines: 0,
    agreed: 0,
  })),
  ofJoined("witnesses-of-half", "both records were cut at the same place", "trust-witnesses", (joined) => ({
    attempts: Math.floor(joined.attempts / 2),
    answers: Math.floor(joined.answers / 2),
    lines: Math.floor(joined.lines / 2),
    agreed: Math.floor(joined.agreed / 2),
  })),
  ofJoined("edge-clock-set", "somebody set the edge's clock", "trust-edge-clock", ({ clock }) => ({
    clock: { ...clock, step: { atSecond: 30, byMs: STEP_MS } },
  })),
  ofJoined("edge-clock-jumps", "the edge's clock jumped about within its seconds", "trust-edge-clock", ({ clock }) => ({
    clock: { ...clock, contradictory: Math.ceil(clock.seconds / 10) },
  })),
  ofJoined(
    "edge-clock-never-steady",
    "no second of the edge's clock agreed with itself",
    "trust-edge-clock",
    (joined) => ({
      clock: { ...joined.clock, contradictory: joined.clock.seconds, atLeastMs: 0, atMostMs: 0 },
    }),
  ),
  ofJoined("edge-clock-not-compared", "no answer was dated by both", "trust-edge-clock", ({ clock }) => ({
    clock: { ...clock, samples: 0 },
  })),
  ofSamples("edge-dropped-lines", "the edge dropped a line of its log", ["trust-witnesses"], ({ values }) =>
    values[DROPPED] === undefined ? values : { ...values, [DROPPED]: 1 },
  ),
  ofSamples("edge-not-asked", "nobody asked the edge what it had dropped", ["trust-witnesses"], ({ values }) => {
    const { [DROPPED]: dropped, ...rest } = values;
    return dropped === undefined ? values : rest;
  }),
];

const isApp = ({ node }: Sample): boolean => node.startsWith("app-");

const SAMPLES: readonly Mutation[] = [
  ofSamples(
    "reads-not-avoided",
    "a third of the reads that a process answered itself went to the database",
    ["reads-avoided-*"],
    (sample) => {
      if (!isApp(sample)) return sample.values;
      return Object.fromEntries(
        Object.entries(sample.values).map(([key, value]) => {
          const other = sample.values[key.replace('tier="database"', 'tier="hot"')];
          if (key.includes('tier="hot"')) return [key, Math.ceil((value * 2) / 3)];
          return key.includes('tier="database"') && other !== undefined
            ? [key, value + Math.floor(other / 3)]
            : [key, value];
        }),
      );
    },
    "either",
  ),
  ofSamples("application-silent", "an application told nothing of its reads", ["reads-avoided-*"], (sample) =>
    sample.node === "app-us-1" ? {} : sample.values,
  ),
  ofSamples("applications-silent", "no application told anything", ["reads-avoided-*"], (sample) =>
    isApp(sample) ? {} : sample.values,
  ),
  ofSamples(
    "replica-contradicts",
    "a replica counted twice the statements that the applications sent",
    ["reads-avoided-*"],
    (sample) =>
      sample.values.statement_calls === undefined || !sample.node.startsWith("replica")
        ? sample.values
        : { ...sample.values, statement_calls: 2 * sample.values.statement_calls },
  ),
  ofSamples("replica-silent", "the replicas told nothing of their statements", ["reads-avoided-*"], (sample) => {
    if (!sample.node.startsWith("replica")) return sample.values;
    const { statement_calls: _, ...rest } = sample.values;
    return rest;
  }),
  ofSamples(
    "replica-behind",
    "a replica was half a minute behind the primary all the time",
    ["replicas-behind"],
    ({ node, values }) => (node === "replica-eu" ? { ...values, replay_seconds: 30 } : values),
    "broken",
  ),
  ofSamples("replica-age-not-read", "nobody asked a replica how old it is", ["replicas-behind"], ({ node, values }) => {
    const { replay_seconds: age, ...rest } = values;
    return node !== "replica-eu" || age === undefined ? values : rest;
  }),
  ofSamples(
    "warehouse-behind",
    "the warehouse loaded orders a minute late",
    ["warehouse-behind"],
    ({ node, values }) => (node === "warehouse" ? { ...values, shop_warehouse_lateness_seconds: 60 } : values),
    "broken",
  ),
  ofSamples("warehouse-age-not-read", "nobody asked the warehouse how late it is", ["warehouse-behind"], (sample) =>
    sample.node === "warehouse" ? {} : sample.values,
  ),
  ofSamples("harness-heavy", "the testbed took a fifth of the machine", ["trust-harness-cpu"], (sample) =>
    sample.node === "harness" && sample.values.cpu_seconds !== undefined
      ? { ...sample.values, cpu_seconds: sample.values.cpu_seconds * 20 }
      : sample.values,
  ),
  ofSamples("harness-not-measured", "nobody measured what the testbed took", ["trust-harness-cpu"], (sample) =>
    sample.node === "harness" ? {} : sample.values,
  ),
  ofSamples("guardian-not-measured", "nobody measured what the guardian took", ["trust-harness-cpu"], (sample) =>
    sample.node === "guardian" ? undefined : sample.values,
  ),
  ofSamples("machine-not-measured", "nobody measured the machine", ["trust-harness-cpu"], (sample) =>
    sample.node === "machine" ? undefined : sample.values,
  ),
  ofSamples("no-samples", "the sampler gave nothing", ["trust-*", "reads-avoided-*"], () => undefined),
];

export const MEASUREMENT_MUTATIONS: readonly Mutation[] = [...JOINED, ...SAMPLES];
