import { expect, test } from "vitest";
import { packHistory, unpackHistory } from "#harness/report/index.ts";
import blackFriday from "#scenarios/black-friday.ts";
import { paced } from "#scenarios/shared/pace.ts";
import { topologyOf } from "#system/topology.ts";
import { cleanHistory } from "./index.ts";

const scenario = paced(blackFriday, { pace: "quick" });
const history = (seed: string) => [...cleanHistory(seed, scenario, topologyOf("scaled", []))];

test("a seed gives one history, and another seed another", () => {
  const text = JSON.stringify(history("a"));
  expect(JSON.stringify(history("a"))).toBe(text);
  expect(JSON.stringify(history("b"))).not.toBe(text);
});

test("it has every kind of record, and each is read back from the file as it was written", () => {
  const records = history("a");
  expect(new Set(records.map(({ kind }) => kind)).size).toBe(15);
  expect(unpackHistory(packHistory(records), "h")).toEqual(records);
});

test("buyers in it are told at once, twice, never, or that they came too late", () => {
  const results = history("a").flatMap((record) => (record.kind === "write.result" ? [record] : []));
  for (const [status, attempt] of [
    [201, 1],
    [200, 2],
    [409, 2],
    [410, 1],
    [503, 1],
    [0, 1],
  ]) {
    expect(
      results.some((result) => result.status === status && result.attempt === attempt),
      `${status}`,
    ).toBe(true);
  }
});
