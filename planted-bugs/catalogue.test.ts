import { expect, test } from "vitest";
import { plannedSamples, refusals } from "#harness/checkers/index.ts";
import { BUG_NAMES, BUGS, protectionsOf } from "#system/bugs.ts";
import { invariantCheckers } from "#system/evidence/index.ts";
import { LEAST_FOUND, PLANTED_BUGS } from "./catalogue.ts";
import { expectedCount, expectedWords } from "./planted-bug.ts";
import plantedCalm from "./scenarios/planted-calm.ts";
import plantedCommitsHang from "./scenarios/planted-commits-hang.ts";
import plantedPoolerSilent from "./scenarios/planted-pooler-silent.ts";
import plantedRelayUnanswered from "./scenarios/planted-relay-unanswered.ts";
import plantedReplicaBehind from "./scenarios/planted-replica-behind.ts";

const SCENARIOS = {
  "planted-calm": plantedCalm,
  "planted-pooler-silent": plantedPoolerSilent,
  "planted-commits-hang": plantedCommitsHang,
  "planted-relay-unanswered": plantedRelayUnanswered,
  "planted-replica-behind": plantedReplicaBehind,
};

test("every bug of the shop has one run that exposes it", () => {
  expect(PLANTED_BUGS.map(({ bug }) => bug).toSorted()).toEqual(BUG_NAMES.toSorted());
});

test("every bug has an invariant that has to find it, and its run judges that invariant", () => {
  const known = invariantCheckers.map(({ name }) => name);
  for (const { bug, scenario } of PLANTED_BUGS) {
    const caughtBy = BUGS.find(({ name }) => name === bug)?.caughtBy;
    expect(known, bug).toContain(caughtBy);
    expect(SCENARIOS[scenario].expect, bug).toContainEqual({ kind: "invariant", name: caughtBy });
  }
});

test("every run has the protections that its bug is in", () => {
  for (const { bug, scenario } of PLANTED_BUGS) {
    const { system } = SCENARIOS[scenario];
    expect(system.name, bug).toBe("scaled");
    for (const name of protectionsOf(bug)) expect(system.without, bug).not.toContain(name);
  }
});

test("every bug is expected at least twice as often as it has to be found", () => {
  for (const { bug, expected } of PLANTED_BUGS) {
    expect(expectedCount(expected), bug).toBeGreaterThanOrEqual(2 * LEAST_FOUND);
  }
});

test("the runs are long enough for what they are judged by", () => {
  for (const scenario of Object.values(SCENARIOS)) {
    expect(refusals(scenario)).toEqual([]);
    expect(plannedSamples(scenario).filter(({ enough }) => !enough)).toEqual([]);
  }
});

test("what is expected is said in words", () => {
  const expected = [
    { count: 20, of: "buyers a second" },
    { count: 59, of: "s" },
    { count: 0.125, of: "in a hurry" },
  ];
  expect(expectedWords(expected)).toBe("20 buyers a second x 59 s x 12.5 % in a hurry = 148");
});
