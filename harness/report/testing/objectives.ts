import type { ObjectiveResult } from "#core/verdict.ts";

type Kind = "held" | "broken" | "unknown";

/** Findings as the checkers would word them. */
export function exampleObjectives(kind: Kind, zeroMs: number): readonly ObjectiveResult[] {
  const broken = kind === "broken";
  const objective = (
    part: Partial<ObjectiveResult> & Pick<ObjectiveResult, "id" | "group" | "title" | "state" | "target" | "observed">,
  ): ObjectiveResult => ({
    samples: 71_204,
    window: "whole run",
    reason: "the whole interval lies inside the target",
    evidence: [12, 48],
    ...part,
  });
  return [
    objective({
      id: "latency-all",
      group: "load",
      title: "p99 of all pages",
      state: broken ? "broken" : "held",
      target: "< 200 ms",
      observed: broken ? "8.0 s" : "14 ms",
      interval: broken ? { low: "8.0 s", high: "8.0 s", level: 0.99 } : { low: "12 ms", high: "17 ms", level: 0.99 },
      scale: broken
        ? { value: 8_000, low: 7_950, high: 8_000, target: 200, unit: "ms", better: "lower" }
        : { value: 14, low: 12, high: 17, target: 200, unit: "ms", better: "lower" },
      reason: broken ? "61 % of all attempts took longer than 200 ms" : "the whole interval lies inside the target",
      phases: [
        { name: "normal", state: "not-judged", observed: "not measured", samples: 98 },
        {
          name: "peak",
          state: broken ? "broken" : "held",
          observed: broken ? "8.0 s" : "13 ms",
          interval: { low: "11 ms", high: "8.0 s", level: 0.95 },
          samples: 60_104,
        },
      ],
      decidedAt: { fromMs: zeroMs + 60_000, toMs: zeroMs + 110_000 },
    }),
    objective({
      id: "availability-outside",
      group: "load",
      title: "availability of all pages",
      state: broken ? "broken" : "held",
      target: "≥ 99.9 %",
      observed: broken ? "38.1 %" : "100 %",
      interval: broken
        ? { low: "37.7 %", high: "38.6 %", level: 0.99 }
        : { low: "99.99 %", high: "100 %", level: 0.99 },
      scale: broken
        ? { value: 0.381, low: 0.377, high: 0.386, target: 0.999, unit: "share", better: "higher" }
        : { value: 1, low: 0.9999, high: 1, target: 0.999, unit: "share", better: "higher" },
      window: "outside faults",
      reason: broken ? "timed out 21,310; lost 12,004; from 00:38 on" : "the whole interval lies inside the target",
      decidedAt: { fromMs: zeroMs + 38_000, toMs: zeroMs + 185_000 },
    }),
    objective({
      id: "availability-during",
      group: "load",
      title: "availability of all pages",
      state: broken ? "not-judged" : "held",
      target: "≥ 99 %",
      observed: broken ? "–" : "99.97 %",
      samples: broken ? 0 : 33_910,
      window: "during faults",
      reason: broken
        ? "no fault was injected: the shop was not in its steady state"
        : "the whole interval lies inside the target",
    }),
    objective({
      id: "fault-cache-late",
      group: "faults",
      title: "latency app > cache (eu) +2s was felt",
      state: broken ? "not-applicable" : kind === "unknown" ? "unknown" : "held",
      target: "measured ≥ 1,800 ms",
      observed: kind === "unknown" ? "0.4 ms" : broken ? "–" : "2,003 ms",
      samples: broken ? 0 : 6,
      window: "cache-late",
      reason:
        kind === "unknown"
          ? "the probe through the same link measured 0.4 ms while 2,000 ms were asked. Check that the link runs through Toxiproxy, then repeat the run"
          : broken
            ? "this system has no cache"
            : "asked 2,000 ms, measured 2,003 ms through the same link",
    }),
    objective({
      id: "recovery",
      group: "faults",
      title: "recovery after each healing",
      state: broken ? "not-judged" : "held",
      target: "≤ 10 s",
      observed: broken ? "–" : "1.9 s",
      samples: broken ? 0 : 3,
      window: "after faults",
      reason: broken ? "no fault was injected" : "the longest of three",
    }),
    objective({
      id: "reads-avoided",
      group: "protections",
      title: "reads kept from the database",
      state: broken ? "not-applicable" : "held",
      target: "≥ 87 %",
      observed: broken ? "–" : "91.4 %",
      scale: { value: 0.914, target: 0.87, unit: "share", better: "higher" },
      window: "peak",
      reason: broken ? "this system has no cache" : "hot 61 %, warm 24 %, carts 6 % of 310,212 reads",
    }),
    objective({
      id: "no-acknowledged-order-lost",
      group: "orders",
      title: "no acknowledged order lost",
      state: "held",
      target: "0",
      observed: "0 of 2,412",
      samples: 2_412,
      reason: "every acknowledged order is in the database with the same lines; 3 of unknown outcome counted apart",
    }),
    objective({
      id: "nothing-oversold",
      group: "orders",
      title: "nothing oversold",
      state: "held",
      target: "0 products",
      observed: "0 of 20,000",
      samples: 20_000,
      reason: "initial − on hand = sold for every product; 5 sold out",
    }),
    objective({
      id: "generator",
      group: "trust",
      title: "the generator kept its plan",
      state: "held",
      target: "lateness p99 ≤ 20 ms",
      observed: "3.1 ms",
      scale: { value: 3.1, target: 20, unit: "ms", better: "lower" },
      reason: "71,204 of 71,204 planned attempts were sent or counted as lost",
    }),
  ];
}
