import type { Topology } from "#core/topology.ts";
import type { Checker, ObjectiveResult } from "#core/verdict.ts";
import type { PartName } from "../truth.ts";
import { type Book, type Clashes, type Look, type Material, materialOf } from "./material.ts";
import type { Writes } from "./writes.ts";

export interface Offence {
  readonly text: string;
  readonly seqs?: readonly number[];
}

interface Comparison {
  readonly compared: number;
  /** What was compared, for people: `2,412 orders`. */
  readonly what: string;
  readonly offences: readonly Offence[];
  /** What should have been looked at and was not: without it nothing can be said to hold. */
  readonly missing?: string;
  /** Anything worth knowing beside the verdict. */
  readonly note?: string;
}

/** What a judgement may look at: the parts that it asked for, each read twice and found equal. */
interface Known<Name extends PartName> {
  readonly topology: Topology;
  readonly writes: Writes;
  readonly looks: Iterable<Look>;
  readonly clashes: Clashes;
  part<Asked extends Name>(name: Asked): Book<Asked>;
}

export interface Invariant<Name extends PartName> {
  /** As scenarios name it: `{ kind: "invariant", name }`. */
  readonly name: string;
  readonly title: string;
  readonly target: string;
  readonly parts: readonly Name[];
  /** The verdict leans on what clients were told: without any such record nothing can be said. */
  readonly needsWrites: boolean;
  /** Protection without which the shop has no such part. */
  readonly protection?: string;
  compare(known: Known<Name>): Comparison;
}

/** First ten: enough to see a pattern, few enough to read. */
const SHOWN = 10;

class UnusablePart extends Error {}

/** The invariant as a checker: silent where the scenario does not expect it. */
export function invariantChecker<Name extends PartName>(invariant: Invariant<Name>): Checker {
  return {
    name: invariant.name,
    check(input) {
      const expected = input.scenario.expect.some(
        (objective) => objective.kind === "invariant" && objective.name === invariant.name,
      );
      return expected ? [judge(invariant, materialOf(input))] : [];
    },
  };
}

function judge<Name extends PartName>(invariant: Invariant<Name>, material: Material): ObjectiveResult {
  const base = {
    id: invariant.name,
    group: "orders",
    title: invariant.title,
    target: invariant.target,
    window: "whole run, after quiescence",
  } as const;
  const unjudged = { ...base, observed: "nothing compared", samples: 0, evidence: [] } as const;
  const { protection } = invariant;
  if (protection !== undefined && !material.topology.protections.includes(protection)) {
    return {
      ...unjudged,
      state: "not-applicable",
      reason: `this shop runs without "${protection}", so there is nothing of the kind to judge`,
    };
  }
  const seqs: number[] = [];
  for (const name of invariant.parts) {
    const read = material.part(name);
    if (read.kind === "unusable") {
      return { ...unjudged, state: "unknown", reason: read.reason, offenders: read.offenders };
    }
    seqs.push(...read.seqs);
  }
  if (invariant.needsWrites && material.writes.size === 0) {
    return { ...unjudged, state: "unknown", reason: "the history holds no record of what buyers sent and were told" };
  }
  const comparison = invariant.compare({
    topology: material.topology,
    writes: material.writes,
    looks: material.looks,
    clashes: material.clashes,
    part: (name) => {
      const read = material.part(name);
      if (read.kind === "unusable") throw new UnusablePart(read.reason);
      return read.value;
    },
  });
  return conclude(base, comparison, seqs);
}

function conclude(
  base: Pick<ObjectiveResult, "id" | "group" | "title" | "target" | "window">,
  { compared, what, offences, missing, note }: Comparison,
  seqs: readonly number[],
): ObjectiveResult {
  const suffix = note === undefined ? "" : `; ${note}`;
  const common = { ...base, samples: compared };
  if (offences.length > 0) {
    const shown = offences.slice(0, SHOWN);
    return {
      ...common,
      state: "broken",
      observed: `${offences.length} in ${what}`,
      reason: `${offences.length} violations among ${what}: ${shown[0]?.text}${suffix}`,
      evidence: [...new Set(shown.flatMap((offence) => offence.seqs ?? []).concat(seqs))].slice(0, SHOWN),
      offenders: shown.map((offence) => offence.text),
    };
  }
  if (compared === 0) {
    return {
      ...common,
      state: "unknown",
      observed: what,
      reason: `nothing was compared: ${what}${suffix}`,
      evidence: seqs,
    };
  }
  if (missing !== undefined) {
    return {
      ...common,
      state: "unknown",
      observed: `0 in ${what}, and not all were looked at`,
      reason: `${missing}${suffix}`,
      evidence: seqs,
    };
  }
  return {
    ...common,
    state: "held",
    observed: `0 in ${what}`,
    reason: `compared ${what}, no violation${suffix}`,
    evidence: seqs.slice(0, SHOWN),
  };
}

/** A count for people, with its noun. */
export function counted(count: number, noun: string): string {
  const digits = String(count).replace(/\B(?=(\d{3})+$)/g, ",");
  return `${digits} ${noun}${count === 1 ? "" : "s"}`;
}
