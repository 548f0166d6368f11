import fc from "fast-check";
import { expect, test } from "vitest";
import { faultSchema } from "#chaos/faults/index.ts";
import { processInjector } from "#chaos/injectors/process/index.ts";
import { toxiproxyInjector } from "#chaos/injectors/toxiproxy/index.ts";
import { Failure } from "#core/errors.ts";
import { coverTimeline } from "#core/run.ts";
import type { Scenario } from "#core/scenario.ts";
import { scenarioProblems, scenarioSchema } from "#core/scenario-schema.ts";
import { EVERY_ABILITY } from "#core/substrate.ts";
import { plannedSamples, refusals, SOMETIMES_NAMES } from "#harness/checkers/index.ts";
import { refuseLoad } from "#harness/load/k6/index.ts";
import blackFriday from "#scenarios/black-friday.ts";
import orderStorm from "#scenarios/order-storm.ts";
import { paced } from "#scenarios/shared/pace.ts";
import { invariantCheckers } from "#system/evidence/index.ts";
import { PROTECTION_NAMES } from "#system/switches.ts";
import { topologyOf } from "#system/topology.ts";
import { planInWords } from "./plan.ts";

const vocabulary = {
  fault: faultSchema,
  protections: PROTECTION_NAMES,
  invariants: invariantCheckers.map(({ name }) => name),
  sometimes: SOMETIMES_NAMES,
};

function placesOf(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [path];
  return Object.entries(value).flatMap(([name, inner]) => placesOf(inner, [...path, name]));
}

function changed(scenario: Scenario, changes: readonly (readonly [number, unknown])[]): unknown {
  const copy: unknown = structuredClone(scenario);
  const places = placesOf(copy);
  for (const [number, value] of changes) {
    const place = places[number % places.length] ?? [];
    const holder = place.slice(0, -1).reduce<unknown>((inner, name) => Reflect.get(Object(inner), name), copy);
    if (typeof holder === "object" && holder !== null) Reflect.set(holder, place.at(-1) ?? "", value);
  }
  return copy;
}

/** Everything that a command does with a scenario before anything is started. */
function plan(scenario: Scenario): void {
  for (const each of [scenario, paced(scenario, { pace: "quick" }), paced(scenario, { scale: 100_000 })]) {
    if (!scenarioSchema(vocabulary).safeParse(each).success) continue;
    const topology = topologyOf(each.system.name, []);
    const covered = coverTimeline(each, [processInjector, toxiproxyInjector], {
      substrate: "any",
      topology,
      can: EVERY_ABILITY,
    });
    planInWords(each, topology, covered);
    refusals(each);
    plannedSamples(each);
    try {
      refuseLoad(each.load, { freeBytes: 8e9, connections: 20_000 });
    } catch (thrown) {
      if (!(thrown instanceof Failure)) throw thrown;
    }
  }
}

test("a scenario that was changed is refused with its places, or planned without a crash, whatever its numbers are", () => {
  const number = fc.oneof(
    fc.constantFrom(0, -0, -1, 0.5, 5e-324, 1e-9, 50, 1_000, 86_400_000, 40_000_000_000, 1e308, Number.NaN),
    fc.double({ noNaN: true, min: 0, max: 1e6 }),
    fc.integer({ min: 0, max: 2_000_000 }),
  );
  const word = fc.constantFrom(
    "normal",
    "peak",
    "plateau",
    "eu",
    "us",
    "app",
    "cache",
    "whole",
    "all",
    "monolith",
    "x",
  );
  const change = fc.tuple(fc.nat(100_000), fc.oneof(number, word, fc.jsonValue()));
  let taken = 0;
  fc.assert(
    fc.property(
      fc.constantFrom(blackFriday, orderStorm),
      fc.array(change, { minLength: 1, maxLength: 2 }),
      (base, changes) => {
        const value = changed(base, changes);
        const parsed = scenarioSchema(vocabulary).safeParse(value);
        if (!parsed.success) {
          for (const problem of scenarioProblems(parsed.error, value, vocabulary)) expect(problem).toMatch(/^\S+: ./);
          return;
        }
        taken += 1;
        plan(parsed.data);
      },
    ),
    { numRuns: 1_000, seed: 11 },
  );
  expect(taken).toBeGreaterThan(20);
});
