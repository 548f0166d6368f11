import { z } from "zod";
import { durationMs, formatMs } from "./duration.ts";
import type { Fault } from "./fault.ts";
import { problemsOf } from "./problems.ts";
import { loadLengthMs, phaseSpan, type Scenario } from "./scenario.ts";
import { suggestion } from "./suggestion.ts";

/** The vocabulary that the shop and the faults bring: names that a scenario may use. */
export interface ScenarioVocabulary {
  readonly fault: z.ZodType<Fault>;
  readonly protections: readonly string[];
  /** Invariants that somebody judges. */
  readonly invariants: readonly string[];
  /** What somebody can tell to have happened at least once. */
  readonly sometimes: readonly string[];
}

const PAGES = ["home", "search", "category", "product", "cart", "add", "checkout", "order"] as const;
const subject = z.enum(["all", "buyers", ...PAGES]);
const window = z.union([z.enum(["whole", "outside-faults", "during-faults"]), z.strictObject({ phase: z.string() })], {
  error: "a window is whole, outside-faults, during-faults or { phase: <name> }",
});
const share = z.number().gt(0).lte(1);

const objective = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("latency"),
    subject,
    quantile: z.number().gt(0).lt(1),
    belowMs: z.number().positive(),
    window,
  }),
  z.strictObject({ kind: z.literal("availability"), subject, atLeast: share, window }),
  z.strictObject({ kind: z.literal("recovery"), subject, withinMs: z.number().positive() }),
  z.strictObject({ kind: z.literal("reads-avoided"), atLeast: share, window }),
  z.strictObject({ kind: z.literal("invariant"), name: z.string().min(1) }),
  z.strictObject({ kind: z.literal("sometimes"), property: z.string().min(1) }),
]);

/** Ours judge some fifty; each is computed over the whole history. */
const MOST_OBJECTIVES = 1_000;

/**
 * Of all phases together: eighteen times the ramp of the story. A typing error of three zeros should not wait for days to
 * be found, and a history of this length would not fit into the memory either.
 */
const MAX_LOAD_MS = durationMs("240m");

/**
 * A quick run may leave unjudged what it has too few attempts for, because it is for trying out. A load of more than a
 * minute has the time for them, and would hold without them by calling itself so. Ours lasts 59 s.
 */
const MAX_QUICK_MS = durationMs("1m");

/** A title is a line of a terminal and a heading; a background is a page at most. */
const line = z.string().trim().min(1).max(300);
const prose = z.string().trim().min(1).max(10_000);

/** Five times the people on Earth: far above any shop, far below where sums of users lose their last digit. */
const users = z.number().positive().max(40_000_000_000);

const load = z.strictObject({
  kind: z.literal("black-friday"),
  scale: z.number().int().min(1).max(100_000),
  pace: z.enum(["quick", "compressed", "full"]),
  startUsers: users,
  phases: z
    .array(
      z.strictObject({
        name: line,
        forMs: z.number().positive().max(MAX_LOAD_MS),
        users,
      }),
    )
    .min(1)
    .max(50),
  buyersPerSecond: z.number().min(0).max(1_000),
  steadyPhase: z.string(),
  peakPhase: z.string(),
});

/** Every problem of a scenario as `path: sentence`; none when it is one. */
export function scenarioProblems(error: z.ZodError, value: unknown, vocabulary: ScenarioVocabulary): readonly string[] {
  return problemsOf(error, value, scenarioSchema(vocabulary));
}

/** Checks a scenario as a whole; every problem comes with its path. */
export function scenarioSchema(vocabulary: ScenarioVocabulary): z.ZodType<Scenario> {
  const entry = z.strictObject({
    id: z
      .string()
      .max(64)
      .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, "it has to be in kebab-case, because it names proxies and files"),
    phase: z.string(),
    afterMs: z.number().min(0),
    forMs: z.number().positive(),
    fault: vocabulary.fault,
    reason: line,
  });
  return z
    .strictObject({
      title: line,
      question: prose,
      background: prose,
      claim: line.optional(),
      system: z.strictObject({
        name: z.enum(["scaled", "monolith"]),
        without: z.array(z.enum(vocabulary.protections as [string, ...string[]])),
      }),
      load,
      steady: z.array(objective).min(1).max(MOST_OBJECTIVES),
      timeline: z.array(entry).max(100),
      expect: z.array(objective).min(1).max(MOST_OBJECTIVES),
    })
    .superRefine(checkNames)
    .superRefine((scenario, ctx) => checkJudged(scenario, vocabulary, ctx))
    .transform((scenario): Scenario => {
      const { claim, ...rest } = scenario;
      return claim === undefined ? rest : { ...rest, claim };
    });
}

/** What no single field can know: that names of phases exist, ids differ, and faults fit into the load. */
function checkNames(scenario: Omit<Scenario, "claim">, ctx: z.core.$RefinementCtx): void {
  const problem = (path: (string | number)[], message: string) => ctx.addIssue({ code: "custom", path, message });
  const names = scenario.load.phases.map((phase) => phase.name);
  const known = `the phases are ${names.join(", ")}`;
  for (const key of ["steadyPhase", "peakPhase"] as const) {
    if (!names.includes(scenario.load[key])) problem(["load", key], `no phase "${scenario.load[key]}": ${known}`);
  }
  const steadyEnd = phaseSpan(scenario.load, scenario.load.steadyPhase)?.toMs ?? 0;
  for (const [index, name] of names.entries()) {
    if (names.indexOf(name) !== index) problem(["load", "phases", index, "name"], `the name "${name}" is used twice`);
  }
  const lengthMs = loadLengthMs(scenario.load);
  if (lengthMs > MAX_LOAD_MS)
    problem(
      ["load", "phases"],
      `they last ${formatMs(lengthMs)} together: a load lasts ${formatMs(MAX_LOAD_MS)} at most`,
    );
  if (scenario.load.pace === "quick" && lengthMs > MAX_QUICK_MS)
    problem(
      ["load", "pace"],
      `a quick load lasts ${formatMs(MAX_QUICK_MS)} at most, because it may leave objectives unjudged; these phases last ${formatMs(lengthMs)} together: write "compressed", or shorten them (--quick shortens normal, surge, plateau, climb, peak and down)`,
    );
  checkOverlaps(scenario, problem);
  const ids = new Set<string>();
  for (const [index, entry] of scenario.timeline.entries()) {
    const span = phaseSpan(scenario.load, entry.phase);
    if (span === undefined) problem(["timeline", index, "phase"], `no phase "${entry.phase}": ${known}`);
    else if (span.fromMs + entry.afterMs < steadyEnd) {
      problem(["timeline", index, "afterMs"], "a fault may begin only after the steady-state gate has ended");
    } else if (entry.afterMs + entry.forMs > span.toMs - span.fromMs) {
      problem(["timeline", index, "forMs"], `the fault does not end within its phase "${entry.phase}"`);
    }
    if (ids.has(entry.id)) problem(["timeline", index, "id"], `the id "${entry.id}" is used twice`);
    ids.add(entry.id);
  }
  for (const where of ["steady", "expect"] as const) {
    for (const [index, objective] of scenario[where].entries()) {
      if ("window" in objective && typeof objective.window === "object" && !names.includes(objective.window.phase)) {
        problem([where, index, "window", "phase"], `no phase "${objective.window.phase}": ${known}`);
      }
    }
  }
}

/** Two faults on the same part at once: what a probe sees could be the doing of either, and proves neither. */
function checkOverlaps(
  { load, timeline }: Pick<Scenario, "load" | "timeline">,
  problem: (path: (string | number)[], message: string) => void,
): void {
  const placed = timeline.map(({ id, phase, afterMs, forMs, fault }) => {
    const fromMs = (phaseSpan(load, phase)?.fromMs ?? Number.NaN) + afterMs;
    return { id, fromMs, toMs: fromMs + forMs, on: fault };
  });
  for (const [index, entry] of placed.entries()) {
    const other = placed.find(
      (each, at) => at < index && canMeet(each.on, entry.on) && each.fromMs < entry.toMs && entry.fromMs < each.toMs,
    );
    if (other !== undefined)
      problem(
        ["timeline", index],
        `it is on the same part as "${other.id}" at the same time: one of them after the other`,
      );
  }
}

/**
 * Whether two faults can lie on one part: both on machines or both on links, and no field that both name tells them
 * apart. A region or a number that one of them leaves open is any, and the order in which fields are written says nothing.
 */
function canMeet(a: Fault, b: Fault): boolean {
  if ("node" in a !== "node" in b) return false;
  const [one, other] = [a, b].map((fault) => Object.entries("node" in fault ? fault.node : fault.link));
  const named = new Map(other);
  return (one ?? []).every(([field, value]) => {
    const theirs = named.get(field);
    return value === undefined || theirs === undefined || theirs === value;
  });
}

/** What nobody knows how to look for would be judged by nobody. */
function checkJudged(
  { steady, expect }: Pick<Scenario, "steady" | "expect">,
  { invariants, sometimes }: ScenarioVocabulary,
  ctx: z.core.$RefinementCtx,
): void {
  const check = (path: readonly (string | number)[], kind: string, asked: string, known: readonly string[]): void => {
    if (known.includes(asked)) return;
    const message = `no ${kind} "${asked}": known are ${known.join(", ")}${suggestion(asked, known)}`;
    ctx.addIssue({ code: "custom", path: [...path], message });
  };
  for (const [index, { kind }] of steady.entries()) {
    if (kind === "latency" || kind === "availability") continue;
    const message = `the gate is judged by latency and availability alone; "${kind}" belongs into expect`;
    ctx.addIssue({ code: "custom", path: ["steady", index, "kind"], message });
  }
  for (const [index, objective] of expect.entries()) {
    if (objective.kind === "invariant") check(["expect", index, "name"], "invariant", objective.name, invariants);
    if (objective.kind === "sometimes")
      check(["expect", index, "property"], "condition", objective.property, sometimes);
  }
}
