import { expect, test } from "vitest";
import type { HistoryRecord } from "#core/history.ts";
import type { CheckInput } from "#core/verdict.ts";
import { judge } from "./index.ts";
import { sizesChecker } from "./sizes.ts";
import { inputOf, scenarioWith } from "./testing/history.ts";

/** A healthy history whose stage says how it enforced the sizes. */
function raisedWith(facts: Readonly<Record<string, unknown>>): CheckInput {
  const input = inputOf(scenarioWith([]), { without: (event) => event.kind === "run" && event.state === "raised" });
  const raised: HistoryRecord = { seq: 0, at: 0, source: "harness", kind: "run", state: "raised", detail: "", facts };
  return { ...input, records: [raised, ...input.records] };
}

test("sizes that nothing enforces make the run unknown, with the reason", () => {
  const none = raisedWith({ sizesKind: "none", sizes: "machine sizes are not enforced: any part may use every core" });
  expect(sizesChecker.check(none)).toMatchObject([
    { state: "unknown", reason: expect.stringContaining("not enforced") },
  ]);
  const found = judge(none, []).results.find(({ id }) => id === "trust-sizes");
  expect(found?.state).toBe("unknown");
});

test("quota and affinity are believed; a stage that says nothing of sizes, and one that never stood, are not", () => {
  for (const sizesKind of ["cgroup v1", "cgroup v2", "affinity"])
    expect(sizesChecker.check(raisedWith({ sizesKind, sizes: "" }))).toMatchObject([{ state: "held" }]);
  const silent = [{ state: "unknown", observed: "not told", samples: 0 }];
  expect(sizesChecker.check(raisedWith({}))).toMatchObject(silent);
  expect(sizesChecker.check({ ...raisedWith({}), records: [] })).toMatchObject(silent);
});
