import { describe, expect, test } from "vitest";
import { type Met, PHASES } from "./blow.ts";
import { type Ended, notAsGood, type ToldResult, wrongEnd } from "./right-end.ts";

const CUT: ToldResult = { verdict: "unknown", cutShort: "terminated", objectives: [] };
const HELD: ToldResult = { verdict: "held", objectives: [] };

function interrupted(phase: Met, exit: number | undefined, told: ToldResult | undefined): Ended {
  return { ending: "in-order", exits: [143], phase, exit, told, hasFolder: true };
}

describe("an interrupt", () => {
  test.each(["start", "steady", "inject", "fault", "heal", "drain"] as const)(
    "in the phase %s must cut the run short, with its own exit code and a result that says so",
    (phase) => {
      expect(wrongEnd(interrupted(phase, 143, CUT))).toEqual([]);
      expect(wrongEnd(interrupted(phase, 0, HELD))).toHaveLength(1);
      expect(wrongEnd(interrupted(phase, 143, HELD))).toHaveLength(1);
      expect(wrongEnd(interrupted(phase, 2, CUT))).toHaveLength(1);
      expect(wrongEnd(interrupted(phase, 143, undefined))).toHaveLength(1);
      expect(wrongEnd(interrupted(phase, undefined, CUT))).toEqual(["npm has not ended"]);
    },
  );

  test("in the final reads may fall behind the last of them: then the run's own verdict and its code are right", () => {
    expect(wrongEnd(interrupted("truth", 143, CUT))).toEqual([]);
    expect(wrongEnd(interrupted("truth", 0, HELD))).toEqual([]);
    expect(wrongEnd(interrupted("truth", 143, HELD))).toHaveLength(1);
  });

  test("behind the final reads cuts nothing short: the run's own verdict and its code, and nothing else, are right", () => {
    expect(wrongEnd(interrupted("teardown", 0, HELD))).toEqual([]);
    expect(wrongEnd(interrupted("teardown", 2, { ...HELD, verdict: "unknown" }))).toEqual([]);
    expect(wrongEnd(interrupted("teardown", 1, HELD))).toHaveLength(1);
    expect(wrongEnd(interrupted("teardown", 143, HELD))).toHaveLength(1);
    expect(wrongEnd(interrupted("teardown", 143, CUT))).toHaveLength(1);
  });

  test("in the report may find nobody who listens any more, but the result must be there", () => {
    expect(wrongEnd(interrupted("report", 0, HELD))).toEqual([]);
    expect(wrongEnd(interrupted("report", 143, HELD))).toEqual([]);
    expect(wrongEnd(interrupted("report", 143, undefined))).toHaveLength(1);
    expect(wrongEnd(interrupted("report", 70, HELD))).toHaveLength(1);
  });

  test("before the history finds a run that has nothing to say yet", () => {
    expect(wrongEnd({ ...interrupted("before the history", 143, undefined), hasFolder: false })).toEqual([]);
    expect(wrongEnd({ ...interrupted("before the history", 0, undefined), hasFolder: false })).toHaveLength(1);
  });
});

test("a run whose harness was killed ends by that signal and has no result, but where it was about to write it", () => {
  for (const phase of PHASES.filter((each) => each !== "report")) {
    const killed = { ending: "killed", exits: [137], phase, exit: 137, told: undefined, hasFolder: true } as const;
    expect(wrongEnd(killed)).toEqual([]);
    expect(wrongEnd({ ...killed, told: HELD })).toHaveLength(1);
    expect(wrongEnd({ ...killed, exit: 0 })).toHaveLength(1);
  }
  const report = { ending: "recovered", exits: [137], phase: "report", told: HELD, hasFolder: true } as const;
  expect(wrongEnd({ ...report, exit: 137 })).toEqual([]);
  expect(wrongEnd({ ...report, exit: 0 })).toEqual([]);
  expect(wrongEnd({ ...report, exit: 1 })).toHaveLength(1);
});

test("the last run may be unknown by the load of a busy machine, and by nothing else", () => {
  const objective = { id: "availability-all-whole", group: "load", state: "unknown", reason: "r" };
  const lost = { id: "no-order-lost", group: "orders", state: "unknown", reason: "nobody looked" };
  expect(notAsGood(HELD)).toEqual([]);
  expect(notAsGood({ verdict: "unknown", objectives: [objective] })).toEqual([]);
  expect(notAsGood({ verdict: "broken", objectives: [{ ...objective, state: "broken" }] })).toHaveLength(1);
  expect(notAsGood({ verdict: "unknown", objectives: [lost] }).join()).toContain("no-order-lost");
  expect(notAsGood(undefined)).toHaveLength(1);
});
