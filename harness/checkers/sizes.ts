import type { Checker, CheckInput, ObjectiveResult } from "#core/verdict.ts";

/**
 * Whether anything kept the parts to their sizes. Where nothing did, a saturated part took from all others and from the
 * generator, so what was measured is this machine and not the shop. A substrate that says nothing of sizes is not asked.
 */
export const sizesChecker: Checker = { name: "sizes", check: enforcedSizes };

function enforcedSizes({ records }: CheckInput): readonly ObjectiveResult[] {
  const raised = records.find((record) => record.kind === "run" && record.state === "raised");
  if (raised?.kind !== "run" || typeof raised.facts?.sizesKind !== "string") return [];
  const { sizes, sizesKind } = raised.facts;
  return [
    {
      id: "trust-sizes",
      group: "trust",
      title: "machine sizes were enforced",
      state: sizesKind === "none" ? "unknown" : "held",
      target: "by quota, or by affinity at least",
      observed: sizesKind,
      samples: 1,
      window: "whole run",
      reason: typeof sizes === "string" ? sizes : "the stage did not say how",
      evidence: [raised.seq],
    },
  ];
}
