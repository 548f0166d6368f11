import { expect, test } from "vitest";
import type { LeftResult } from "#proving/result.ts";
import { judgeTrap, type Outcome } from "./judge.ts";
import type { Trap } from "./trap.ts";

const trap: Trap = {
  name: "k6-stopped",
  does: "k6 is told to end",
  naive: "all is well",
  sabotage: { kind: "none" },
  expects: { objective: "trust-generator-complete", says: ", [1-9]\\d* unsent" },
};

function result(change: Partial<LeftResult["objectives"][number]> = {}, verdict: LeftResult["verdict"] = "unknown") {
  const finding = { id: "trust-generator-complete", state: "unknown", observed: "7 of 9", reason: "sent, 2 unsent" };
  return { verdict, sentence: "So it went.", objectives: [{ ...finding, ...change }] } as LeftResult;
}

const outcome = (change: Partial<Outcome> = {}): Outcome => ({ exitCode: 2, result: result(), ...change });

test("a run that is unknown for the reason predicted has caught the trap", () => {
  expect(judgeTrap(trap, outcome(), result({ state: "held", reason: "sent, 0 unsent" }))).toEqual({
    name: "k6-stopped",
    isCaught: true,
    verdict: "unknown",
    reason: "7 of 9; sent, 2 unsent",
  });
});

test("held, broken, and unknown with another exit code are not caught", () => {
  for (const change of [
    { exitCode: 0, result: result({}, "held") },
    { exitCode: 1, result: result({}, "broken") },
    { exitCode: 69 },
    { exitCode: 70 },
  ]) {
    expect(judgeTrap(trap, outcome(change)).isCaught, JSON.stringify(change)).toBe(false);
  }
});

test("unknown for another reason is luck, and says what stands in the place of the reason", () => {
  const held = judgeTrap(trap, outcome({ result: result({ state: "held" }) }));
  expect(held).toMatchObject({ isCaught: false, reason: expect.stringContaining("trust-generator-complete held") });
  const other = judgeTrap(trap, outcome({ result: result({ reason: "sent, 0 unsent" }) }));
  expect(other).toMatchObject({ isCaught: false, reason: expect.stringContaining("0 unsent") });
  const none = judgeTrap(trap, outcome({ result: result({ id: "trust-history" }) }));
  expect(none).toMatchObject({ isCaught: false, reason: expect.stringContaining("no finding") });
});

test("a finding that the control has too proves nothing", () => {
  expect(judgeTrap(trap, outcome(), result())).toMatchObject({
    isCaught: false,
    reason: expect.stringContaining("without the sabotage"),
  });
});

test("a sabotage that did not happen, and a run without a result, catch nothing", () => {
  expect(judgeTrap(trap, outcome({ spared: "no such line" }))).toMatchObject({
    isCaught: false,
    reason: "the sabotage did not happen: no such line",
  });
  expect(judgeTrap(trap, { exitCode: 70, result: undefined, lastWords: "a defect" })).toMatchObject({
    isCaught: false,
    verdict: "exit code 70",
    reason: "no result: a defect",
  });
});
