import { type FaultEvent, loadZero } from "#core/history.ts";
import type { Draft } from "./draft.ts";
import type { Mutation } from "./mutation.ts";

/** A fault that was proven, by chance. */
function provenFault(draft: Draft): string | undefined {
  return draft.pick(draft.all("fault").filter(({ state }) => state === "in-force"))?.id;
}

/** What the history tells of a fault's state, changed; undefined takes it out, and nobody would miss its number. */
function ofState(
  name: string,
  does: string,
  state: FaultEvent["state"],
  to: (event: FaultEvent) => Partial<FaultEvent> | undefined,
): Mutation {
  return {
    name,
    does,
    expects: ["fault-*"],
    as: "unknown",
    spoil(draft) {
      const id = provenFault(draft);
      draft.change("fault", (record) => {
        if (record.id !== id || record.state !== state) return record;
        const change = to(record);
        return change === undefined ? undefined : { ...record, ...change };
      });
      draft.renumber();
      return id;
    },
  };
}

export const FAULT_MUTATIONS: readonly Mutation[] = [
  ofState("proof-missing", "nobody told that a fault was in force", "in-force", () => undefined),
  ofState("proof-false", "a fault was not seen in the data path", "in-force", () => ({
    state: "unproven",
    detail: "not observed",
  })),
  ofState("proof-without-readings", "a fault is said to be in force, and nobody looked", "in-force", () => ({
    readings: [],
  })),
  ofState("fault-gone-early", "a fault was gone before its window ended", "healing", () => ({ state: "unproven" })),
  ofState(
    "fault-not-seen-at-its-end",
    "nobody looked whether a fault was still there at its end",
    "healing",
    () => undefined,
  ),
  ofState("heal-missing", "nobody told that a fault was healed", "healed", () => undefined),
  ofState("heal-failed", "a fault was still felt after it was healed", "healed", () => ({ state: "not-healed" })),
  ofState("injection-missing", "nobody told when a fault began", "injecting", () => undefined),
  {
    name: "fault-while-nobody-was-there",
    does: "a fault was in force while no user was there",
    expects: ["fault-*"],
    as: "unknown",
    spoil(draft) {
      const id = provenFault(draft);
      const zero = loadZero(draft.records) ?? 0;
      const at = (state: FaultEvent["state"]) =>
        draft.all("fault").find((record) => record.id === id && record.state === state)?.at ?? 0;
      const [from, to] = [at("in-force") - zero - 1_000, at("healing") - zero];
      draft.change("load.batch", (batch) =>
        batch.second * 1_000 >= from && batch.second * 1_000 <= to ? undefined : batch,
      );
      draft.renumber();
      return id;
    },
  },
  {
    name: "fault-never-begun",
    does: "a fault of the plan was never begun",
    expects: ["fault-*"],
    as: "unknown",
    spoil(draft) {
      const id = provenFault(draft);
      draft.change("fault", (record) => (record.id === id && record.state !== "planned" ? undefined : record));
      draft.renumber();
      return id;
    },
  },
  {
    name: "fault-of-another-kind",
    does: "what was in force was another fault than the planned one",
    expects: ["fault-*"],
    as: "unknown",
    spoil(draft) {
      const id = provenFault(draft);
      draft.change("fault", (record) => (record.id === id ? { ...record, id: "another" } : record));
      return id;
    },
  },
  {
    name: "fault-cut-short",
    does: "a fault was healed after a tenth of its time",
    expects: ["fault-*"],
    as: "unknown",
    spoil(draft) {
      const id = provenFault(draft);
      const of = (state: FaultEvent["state"]) =>
        draft.all("fault").find((record) => record.id === id && record.state === state);
      const [begun, healing, healed] = [of("in-force"), of("healing"), of("healed")];
      if (begun === undefined || healing === undefined || healed === undefined) return undefined;
      const at = begun.at + (healing.at - begun.at) / 10;
      for (const record of [healing, healed]) draft.replace(record, undefined);
      const place = draft.records.findIndex((record) => record.at > at);
      for (const record of [healed, healing]) draft.tell(place, "harness", record);
      return id;
    },
  },
];
