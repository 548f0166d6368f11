import { z } from "zod";
import type { RunResult } from "#core/result.ts";

const region = z.enum(["eu", "us"]);
const role = z.enum([
  "edge",
  "balancer",
  "app",
  "cache",
  "carts",
  "queue",
  "pooler",
  "primary",
  "replica",
  "reports",
  "worker",
  "relay",
  "warehouse",
  "payment",
]);

const nodeSelector = z.object({ role, region: region.optional(), index: z.number().optional() });
const linkSelector = z.object({ from: role, to: role, region: region.optional() });

const fault = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("kill"), node: nodeSelector }),
  z.object({ kind: z.literal("pause"), node: nodeSelector }),
  z.object({ kind: z.literal("latency"), link: linkSelector, addedMs: z.number() }),
  z.object({ kind: z.literal("blackhole"), link: linkSelector }),
  z.object({ kind: z.literal("refuse"), link: linkSelector }),
]);

const window = z.union([z.enum(["whole", "outside-faults", "during-faults"]), z.object({ phase: z.string() })]);

const subject = z.enum(["all", "buyers", "home", "search", "category", "product", "cart", "add", "checkout", "order"]);

const objective = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("latency"), subject, quantile: z.number(), belowMs: z.number(), window }),
  z.object({ kind: z.literal("availability"), subject, atLeast: z.number(), window }),
  z.object({ kind: z.literal("recovery"), subject, withinMs: z.number() }),
  z.object({ kind: z.literal("reads-avoided"), atLeast: z.number(), window }),
  z.object({ kind: z.literal("invariant"), name: z.string() }),
  z.object({ kind: z.literal("sometimes"), property: z.string() }),
]);

const systemName = z.enum(["scaled", "monolith"]);

const scenario = z.object({
  title: z.string(),
  question: z.string(),
  background: z.string(),
  claim: z.string().exactOptional(),
  system: z.object({ name: systemName, without: z.array(z.string()) }),
  load: z.object({
    kind: z.literal("black-friday"),
    scale: z.number(),
    pace: z.enum(["quick", "compressed", "full"]),
    startUsers: z.number(),
    phases: z.array(z.object({ name: z.string(), forMs: z.number(), users: z.number() })),
    buyersPerSecond: z.number(),
    steadyPhase: z.string(),
    peakPhase: z.string(),
  }),
  steady: z.array(objective),
  timeline: z.array(
    z.object({
      id: z.string(),
      phase: z.string(),
      afterMs: z.number(),
      forMs: z.number(),
      fault,
      reason: z.string(),
    }),
  ),
  expect: z.array(objective),
});

const topology = z.object({
  system: systemName,
  regions: z.array(region),
  nodes: z.array(
    z.object({
      id: z.string(),
      role,
      region,
      index: z.number(),
      cpu: z.number(),
      spare: z.literal(true).exactOptional(),
    }),
  ),
  links: z.array(
    z.object({
      id: z.string(),
      from: z.object({ role, region }),
      to: z.string(),
      port: z.string(),
      roundTripMs: z.number(),
    }),
  ),
  protections: z.array(z.string()),
  plantedBug: z
    .object({ name: z.string(), does: z.string() })
    .describe("A mistake that this shop was given on purpose: its verdict is about the checkers, not about the shop")
    .exactOptional(),
});

const interval = z
  .object({ low: z.string(), high: z.string(), level: z.number() })
  .describe("Interval of the observed value and its confidence level");

const objectiveResult = z.object({
  id: z.string().min(1).describe("Stable, kebab-case, unique within the result"),
  group: z.enum(["load", "faults", "protections", "orders", "trust"]),
  title: z.string(),
  state: z.enum(["held", "broken", "unknown", "not-judged", "not-applicable"]),
  target: z.string(),
  observed: z.string(),
  interval: interval.exactOptional(),
  scale: z
    .object({
      value: z.number(),
      low: z.number().exactOptional(),
      high: z.number().exactOptional(),
      target: z.number(),
      unit: z.string(),
      better: z.enum(["lower", "higher"]),
    })
    .exactOptional(),
  samples: z.number(),
  lacking: z.literal("samples").describe("It saw something, and too little to say anything").exactOptional(),
  window: z.string(),
  together: z
    .array(z.string())
    .describe("Faults that were judged in one, because single ones of them left too little")
    .exactOptional(),
  phases: z
    .array(
      z.object({
        name: z.string(),
        state: z.enum(["held", "broken", "unknown", "not-judged"]),
        observed: z.string(),
        interval: interval.exactOptional(),
        samples: z.number(),
      }),
    )
    .describe("The same question to each phase of the load; told, does not weigh")
    .exactOptional(),
  reason: z.string(),
  evidence: z.array(z.number()).describe("Sequence numbers of records in history.jsonl.gz"),
  decidedAt: z.object({ fromMs: z.number(), toMs: z.number() }).describe("Run clock, milliseconds").exactOptional(),
  offenders: z.array(z.string()).exactOptional(),
});

/** The door of `result.json`: what is written and what is read goes through it. */
export const resultSchema: z.ZodType<RunResult> = z.object({
  schema: z.literal("doorbuster/result/1"),
  runId: z.string(),
  scenarioName: z.string(),
  scenario,
  topology,
  substrate: z.string(),
  seed: z.string(),
  commit: z.string(),
  startedAt: z.string(),
  verdict: z.enum(["held", "broken", "unknown"]).describe("Worst wins: broken, then unknown, then held"),
  cutShort: z.string().describe("Why the run did not come to its planned end").exactOptional(),
  leftBehind: z
    .array(z.string())
    .describe("What of the run was still on the machine after its end; changes no verdict, the command ends with 70")
    .exactOptional(),
  sentence: z.string(),
  objectives: z.array(objectiveResult),
  repeat: z.string().describe("The command that repeats the run"),
  facts: z.record(z.string(), z.unknown()),
  timings: z.record(z.string(), z.number()).describe("Milliseconds from the start of the command"),
});

/** The published JSON Schema (draft 2020-12); `result.schema.json` holds it and a test fails when that is stale. */
export function resultJsonSchema(): string {
  const schema = z.toJSONSchema(resultSchema, { io: "input" });
  return `${JSON.stringify({ title: "doorbuster result, version 1", ...schema }, undefined, 2)}\n`;
}
