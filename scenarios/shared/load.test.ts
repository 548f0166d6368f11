import { expect, test } from "vitest";
import { type LoadShape, loadLengthMs, phaseSpan, usersAt } from "#core/scenario.ts";
import { blackFriday } from "./load.ts";
import { availability, p99, recovers, sometimes } from "./objectives.ts";
import { paced } from "./pace.ts";
import { scenario } from "./scenario.ts";
import { during } from "./timeline.ts";

const SCENARIO = scenario({
  title: "A title",
  question: "A question?",
  background: "A background.",
  system: { name: "scaled", without: [] },
  load: blackFriday(),
  steady: [p99("all", { below: "200ms", window: { phase: "plateau" } })],
  timeline: [
    during(
      "peak",
      { id: "app-killed", after: "5s", for: "30s" },
      { kind: "kill", node: { role: "app" } },
      "at the worst moment",
    ),
  ],
  expect: [availability("all", { atLeast: 0.999 }), recovers("all", { within: "10s" }), sometimes("it rained")],
});

test("the surge has the users of the story at any pace", () => {
  for (const pace of ["quick", "compressed", "full"] as const) {
    const load = blackFriday({ pace });
    expect(usersAt(load, 0)).toBe(5_000);
    expect(usersAt(load, phaseSpan(load, "plateau")?.fromMs ?? 0)).toBe(850_000);
    expect(usersAt(load, phaseSpan(load, "peak")?.fromMs ?? 0)).toBe(2_000_000);
    expect(usersAt(load, loadLengthMs(load))).toBe(5_000);
  }
});

test("a quick run lasts a minute at most, a compressed one less than four, a full one has the ten-minute ramp", () => {
  expect(loadLengthMs(blackFriday({ pace: "quick" }))).toBeLessThanOrEqual(60_000);
  expect(loadLengthMs(blackFriday())).toBeLessThan(240_000);
  const full = blackFriday({ pace: "full" });
  const surge = phaseSpan(full, "surge");
  expect((surge?.toMs ?? 0) - (surge?.fromMs ?? 0)).toBe(600_000);
});

test("objectives and faults are written with units and kept as plain numbers", () => {
  expect(SCENARIO.steady).toEqual([
    { kind: "latency", subject: "all", quantile: 0.99, belowMs: 200, window: { phase: "plateau" } },
  ]);
  expect(SCENARIO.expect[1]).toEqual({ kind: "recovery", subject: "all", withinMs: 10_000 });
  expect(SCENARIO.timeline[0]).toMatchObject({ afterMs: 5_000, forMs: 30_000 });
});

test("a scenario is frozen to its last part and survives JSON", () => {
  expect(Object.isFrozen(SCENARIO.load.phases[0])).toBe(true);
  expect(JSON.parse(JSON.stringify(SCENARIO))).toEqual(SCENARIO);
});

test("another pace keeps faults at their place in proportion, another scale leaves time alone", () => {
  const quick = paced(SCENARIO, { pace: "quick" });
  expect(quick.load.phases).toEqual(blackFriday({ pace: "quick" }).phases);
  const lengthOfPeak = (load: LoadShape): number => load.phases.find((phase) => phase.name === "peak")?.forMs ?? 0;
  const ratio = lengthOfPeak(quick.load) / lengthOfPeak(SCENARIO.load);
  expect(ratio).toBeLessThan(1);
  expect(quick.timeline[0]?.afterMs).toBe(Math.round(5_000 * ratio));
  expect(quick.timeline[0]?.forMs).toBe(Math.round(30_000 * ratio));
  const large = paced(SCENARIO, { scale: 250 });
  expect(large.load).toEqual(blackFriday({ scale: 250 }));
  expect(large.timeline).toEqual(SCENARIO.timeline);
  expect(paced(SCENARIO, {})).toBe(SCENARIO);
});
