import type { Checker, CheckInput, ObjectiveResult } from "#core/verdict.ts";

/**
 * Whether anything kept the parts to their sizes. Where nothing did, a saturated part took from all others and from the
 * generator, so what was measured is this machine and not the shop. Every part of a topology has a size, so a stage that
 * does not say what became of them is unknown as well.
 */
export const sizesChecker: Checker = { name: "sizes", check: (input) => [enforcedSizes(input)] };

function enforcedSizes({ records }: CheckInput): ObjectiveResult {
  const raised = records.find((record) => record.kind === "run" && record.state === "raised");
  const facts = raised?.kind === "run" ? raised.facts : undefined;
  const kind = typeof facts?.sizesKind === "string" ? facts.sizesKind : undefined;
  return {
    id: "trust-sizes",
    group: "trust",
    title: "machine sizes were enforced",
    state: kind === undefined || kind === "none" ? "unknown" : "held",
    target: "by quota, or by affinity at least",
    observed: kind ?? "not told",
    samples: kind === undefined ? 0 : 1,
    window: "whole run",
    reason:
      kind === undefined
        ? "the stage did not say whether anything kept the parts to their sizes"
        : typeof facts?.sizes === "string"
          ? facts.sizes
          : "the stage did not say how",
    evidence: raised === undefined ? [] : [raised.seq],
  };
}
