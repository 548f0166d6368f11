import { expect, test } from "vitest";
import type { HistoryEvent } from "#core/history.ts";
import { steadyChecker, steadyResults } from "./steady.ts";
import { inputOf, type Story, scenarioWith } from "./testing/history.ts";

/** The gate of this history opens two and a half seconds after its plateau, on the run clock. */
const GATE_AT = 5_000 + 32_500;

function gate(story: Story) {
  const { scenario, topology, records } = inputOf(scenarioWith([]), story);
  const seen = records.filter(({ at }) => at <= GATE_AT);
  return steadyResults(scenario, topology, seen).map(({ state, samples, reason }) => ({ state, samples, reason }));
}

/** Home pages of the plateau's last seconds, which nobody has got an answer to when the gate opens. */
const hangs = (event: HistoryEvent): boolean =>
  event.kind === "load.batch" &&
  event.lane === "shoppers" &&
  event.page === "home" &&
  event.second >= 26 &&
  event.second < 30;

test("a shop that answers everything passes the gate", () => {
  expect(gate({})).toMatchObject([{ state: "held" }, { state: "held" }]);
});

test("attempts that still hang when the gate opens keep it shut", () => {
  const [latency, availability] = gate({ without: hangs });
  expect(latency).toMatchObject({ state: "broken", samples: 20 * 101 });
  expect(availability).toMatchObject({ state: "broken", samples: 20 * 101 });
  expect(availability?.reason).toContain("400 of them were still waited for");
});

test("a retry or a twin more than was planned hides nothing of other seconds", () => {
  const extra = { kind: "load.batch", second: 15, lane: "buyers", page: "checkout", region: "eu" } as const;
  const [latency] = gate({
    without: hangs,
    also: [{ atMs: 17_000, event: { ...extra, outcomes: { twin: 500 }, latency: {} } }],
  });
  expect(latency).toMatchObject({ state: "broken" });
});

test("what a gate saw is judged again from the history as it was then", () => {
  const shut = { kind: "run", state: "not-steady", detail: "" } as const;
  const isLate = (event: HistoryEvent): boolean => event.kind === "load.batch" && event.outcomes.timeout !== undefined;
  const late = { kind: "load.batch", second: 27, lane: "shoppers", page: "home", region: "eu" } as const;
  const input = inputOf(scenarioWith([]), {
    // What ends late is told late, and was not known to the gate.
    without: (event) => hangs(event) && !isLate(event),
    also: [
      { atMs: 32_500, event: shut },
      { atMs: 36_000, event: { ...late, outcomes: { timeout: 100 }, latency: {} } },
    ],
  });
  expect(steadyChecker.check(input)).toMatchObject([
    { id: "steady-state-latency-all-p99-phase-plateau", state: "broken" },
    { id: "steady-state-availability-all-phase-plateau", state: "broken" },
  ]);
});
