import type { HistoryRecord, RunEvent } from "#core/history.ts";
import type { Draft } from "./draft.ts";
import type { Mutation } from "./mutation.ts";
import { mutation, ofSamples, STEP_MS } from "./telling.ts";

type Kind = HistoryRecord["kind"];

/** A line that was lost before it was numbered: nothing in the numbers shows it. */
function lineLost(kind: Kind, does: string, expects: readonly string[]): Mutation {
  return mutation(`${kind.replace(".", "-")}-lost-before-numbering`, does, expects, (draft) => {
    const record = draft.pick(draft.all(kind));
    if (record === undefined) return undefined;
    draft.replace(record, undefined);
    draft.renumber();
    return `record ${record.seq}`;
  });
}

function lineTwice(kind: Kind, does: string, expects: readonly string[]): Mutation {
  return mutation(`${kind.replace(".", "-")}-told-twice`, does, expects, (draft) => {
    const record = draft.pick(draft.all(kind));
    if (record === undefined) return undefined;
    draft.records.splice(draft.records.indexOf(record), 0, record);
    draft.renumber();
    return `record ${record.seq}`;
  });
}

function ofRun(
  name: string,
  does: string,
  state: RunEvent["state"],
  expects: readonly string[],
  to?: Partial<RunEvent>,
): Mutation {
  return mutation(name, does, expects, (draft) => {
    const there = draft.all("run").some((record) => record.state === state);
    draft.change("run", (record) =>
      record.state !== state ? record : to === undefined ? undefined : { ...record, ...to },
    );
    draft.renumber();
    return there ? state : undefined;
  });
}

function ofLastWord(
  name: string,
  does: string,
  to: (planned: number) => Readonly<Record<string, number | boolean>>,
): Mutation {
  return mutation(name, does, ["trust-generator-*"], (draft) => {
    draft.change("load.ended", (record) => ({ ...record, ...to(record.planned) }));
    return "the generator's last word";
  });
}

/** A part of the shop that ends right after the run has come to a state. */
function ended(name: string, does: string, state: RunEvent["state"]): Mutation {
  return mutation(
    name,
    does,
    ["unplanned-exits"],
    (draft) => {
      const place = draft.records.findIndex((record) => record.kind === "run" && record.state === state);
      const node = draft.pick(["worker-1", "relay", "primary", "app-us-1"]) ?? "relay";
      if (place < 0) return undefined;
      draft.tell(place + 1, "harness", { kind: "node", node, state: "exited", detail: "exit code 1" });
      return node;
    },
    "broken",
  );
}

/** From an instant in the middle of the load on. */
function stepped(draft: Draft, byMs: number): string {
  const from = (draft.records.at(-1)?.at ?? 0) * (0.3 + 0.3 * draft.random.next());
  draft.records = draft.records.map((record) =>
    record.source !== "generator" || record.sourceAt === undefined || record.at < from
      ? record
      : { ...record, sourceAt: record.sourceAt + byMs },
  );
  return `from ${Math.round(from)} ms on`;
}

const NUMBERS: readonly Mutation[] = [
  mutation("record-missing", "a record is missing in the file", ["trust-history"], (draft) => {
    const record = draft.pick(draft.records.slice(0, -1));
    if (record !== undefined) draft.replace(record, undefined);
    return `record ${record?.seq}`;
  }),
  mutation("record-twice", "a record is in the file twice", ["trust-history"], (draft) => {
    const index = draft.random.integer(draft.records.length);
    draft.records.splice(index, 0, ...draft.records.slice(index, index + 1));
    return `record ${index}`;
  }),
  mutation("records-exchanged", "two neighbours changed places in the file", ["trust-history"], (draft) => {
    const index = draft.random.integer(draft.records.length - 1);
    draft.records.splice(index, 2, ...draft.records.slice(index, index + 2).reverse());
    return `record ${index}`;
  }),
  mutation(
    "cut-short",
    "the file ends before the run did",
    ["trust-generator-*", "trust-rest", "no-order-lost"],
    (draft) => {
      draft.records = draft.records.slice(0, Math.floor(draft.records.length * (0.2 + 0.7 * draft.random.next())));
      return `after ${draft.records.length} records`;
    },
  ),
  mutation(
    "beginning-missing",
    "the file begins after the run did, and is numbered from nothing",
    ["steady-state", "trust-*", "unplanned-exits"],
    (draft) => {
      draft.records = draft.records.slice(Math.floor(draft.records.length * (0.05 + 0.5 * draft.random.next())));
      draft.renumber();
      return `${draft.records.length} records are left`;
    },
  ),
  lineLost("load.batch", "a batch of the generator's never arrived", ["trust-generator-told"]),
  lineLost("load.health", "a second of the generator's never arrived", [
    "trust-generator-seconds",
    "trust-generator-told",
  ]),
  lineLost("write.result", "an answer to a purchase never arrived", ["trust-generator-told"]),
  lineLost("write.intent", "the announcement of a purchase never arrived", ["trust-generator-told"]),
  lineLost("order.look", "what a buyer saw of an order never arrived", ["trust-generator-told"]),
  lineLost("write.clash", "what came back for a key with another body never arrived", ["trust-generator-told"]),
  mutation("looks-never-told", "nothing that buyers saw of their orders arrived", ["trust-generator-told"], (draft) => {
    const { length } = draft.all("order.look");
    draft.change("order.look", () => undefined);
    draft.renumber();
    return length === 0 ? undefined : `${length} looks`;
  }),
  lineLost("load.ended", "the generator's last word never arrived", ["trust-generator-complete"]),
  lineTwice("load.batch", "a batch of the generator's arrived twice", ["trust-generator-told"]),
  lineTwice("order.look", "what a buyer saw of an order arrived twice", ["trust-generator-told"]),
  lineTwice("write.result", "an answer to a purchase arrived twice", ["trust-generator-told"]),
  mutation("minute-lost", "the generator's lines of some seconds never arrived", ["trust-generator-*"], (draft) => {
    const from = draft.random.integer(40);
    draft.change("load.batch", (record) => (record.second >= from && record.second < from + 5 ? undefined : record));
    draft.change("load.health", (record) => (record.second >= from && record.second < from + 5 ? undefined : record));
    draft.renumber();
    return `seconds ${from} to ${from + 4}`;
  }),
  mutation("page-never-visited", "nobody visited one of the pages", ["trust-generator-told"], (draft) => {
    const page = draft.pick(["search", "category", "home"] as const);
    draft.change("load.batch", (record) => (record.page === page ? undefined : record));
    draft.renumber();
    return page;
  }),
];

const CLOCKS: readonly Mutation[] = [
  mutation("clock-forward", "the generator's clock was put forward", ["trust-clocks"], (draft) =>
    stepped(draft, STEP_MS),
  ),
  mutation("clock-back", "the generator's clock was put back", ["trust-clocks"], (draft) => stepped(draft, -STEP_MS)),
  mutation("run-clock-back", "the run's own clock went back", ["trust-clocks"], (draft) => {
    const index = 1 + draft.random.integer(draft.records.length - 1);
    draft.records = draft.records.map((record, at) => (at < index ? record : { ...record, at: record.at - STEP_MS }));
    return `from record ${index} on`;
  }),
  mutation("nobody-dated", "no source but the harness dated what it said", ["trust-clocks"], (draft) => {
    draft.records = draft.records.map(({ sourceAt: _, ...record }) => record);
    return "all records";
  }),
  ofSamples("date-set", "somebody set the machine's date", ["trust-machine-clock"], (sample, draft) =>
    sample.values.wall_ms === undefined || sample.at < (draft.records.at(-1)?.at ?? 0) / 2
      ? sample.values
      : { ...sample.values, wall_ms: sample.values.wall_ms + STEP_MS },
  ),
];

const GENERATOR: readonly Mutation[] = [
  ofLastWord("ended-incomplete", "the generator says that it is not complete", () => ({ complete: false })),
  ofLastWord("ended-unsent", "the generator says that it sent less than planned", (planned) => ({
    accounted: planned - 1,
  })),
  ofLastWord("ended-badly", "the generator ended with an error", () => ({ exitCode: 107 })),
  ofLastWord("ended-with-nothing", "the generator says that nothing was planned", () => ({ planned: 0, accounted: 0 })),
  ofLastWord("ended-lying", "the generator says that less was planned, and all of it sent", (planned) => {
    const less = Math.floor(planned * 0.9);
    return { planned: less, accounted: less };
  }),
  mutation("generator-late", "the generator was late", ["trust-generator-lateness"], (draft) => {
    draft.change("load.health", (record) => ({
      ...record,
      lateness: { ...record.lateness, "900": Math.ceil(record.planned / 20) },
    }));
    return "every second";
  }),
  mutation("generator-failed", "the generator's script failed once", ["trust-generator-exceptions"], (draft) => {
    const record = draft.pick(draft.all("load.health"));
    if (record !== undefined) draft.replace(record, { ...record, exceptions: 1 });
    return record === undefined ? undefined : `second ${record.second}`;
  }),
  mutation("surge-never-came", "a third of the users never came", ["sometimes-the-surge-reached-its-peak"], (draft) => {
    draft.change("load.health", (record) => ({ ...record, usersPresent: Math.floor((record.usersPresent * 2) / 3) }));
    return "every second";
  }),
  mutation(
    "nothing-sold-out",
    "stock outlasted demand",
    ["sometimes-the-sold-out-path-was-taken", "replies-agree", "trust-generator-told"],
    (draft) => {
      draft.change("load.batch", (record) => {
        const { "sold-out": soldOut = 0, ...outcomes } = record.outcomes;
        return soldOut === 0 ? record : { ...record, outcomes: { ...outcomes, ok: (outcomes.ok ?? 0) + soldOut } };
      });
      draft.change("write.result", (record) => (record.soldOutProductId === undefined ? record : undefined));
      draft.renumber();
      return "all answers";
    },
    "either",
  ),
];

const COURSE: readonly Mutation[] = [
  ofRun("rest-not-seen", "nobody saw the shop at rest", "quiesced", ["trust-rest"]),
  ofRun("never-at-rest", "the shop never came to rest", "quiesced", ["trust-rest"], { state: "not-quiesced" }),
  ofRun("gate-not-judged", "the steady state was never judged", "steady", ["steady-state"]),
  ofRun("load-never-begun", "nobody told when the load began", "load-begun", ["trust-*", "latency-*"]),
  ofRun("sizes-not-enforced", "nothing kept the parts to their sizes", "raised", ["trust-sizes"], {
    facts: { sizesKind: "none", sizes: "nothing" },
  }),
  ofRun("sizes-not-told", "nobody told whether the parts were kept to their sizes", "raised", ["trust-sizes"], {
    facts: {},
  }),
  ofRun("raising-not-told", "nobody told how the shop was raised", "raised", ["trust-sizes"]),
  mutation("interrupted", "the run was interrupted", ["trust-*"], (draft) => {
    draft.tell(draft.records.length - 1, "harness", { kind: "run", state: "interrupted", detail: "interrupted" });
    return "at its end";
  }),
  mutation(
    "part-ended",
    "a part of the shop ended and was started anew",
    ["unplanned-exits"],
    (draft) => {
      const zero = draft.records.findIndex((record) => record.kind === "run" && record.state === "load-begun");
      const rest = draft.records.findIndex((record) => record.kind === "run" && record.state === "quiesced");
      const node = draft.pick(["worker-1", "relay", "primary", "app-us-1"]) ?? "relay";
      draft.tell(zero + 100 + draft.random.integer(rest - zero - 200), "harness", {
        kind: "node",
        node,
        state: "exited",
        detail: "exit code 1",
      });
      return node;
    },
    "broken",
  ),
  ended("part-ended-before-load", "a part ended and was started anew before the first request", "raised"),
  ended("part-ended-while-read", "a part ended and was started anew while the books were read", "quiesced"),
  mutation("proxy-ended", "the testbed's own proxies ended", ["trust-parts"], (draft) => {
    const zero = draft.records.findIndex((record) => record.kind === "run" && record.state === "load-begun");
    draft.tell(zero + 500, "harness", { kind: "node", node: "toxiproxy", state: "exited", detail: "exit code 2" });
    return "toxiproxy";
  }),
  mutation("healing-failed", "the testbed could not heal at the end", ["trust-parts"], (draft) => {
    draft.tell(draft.records.length - 25, "harness", {
      kind: "system",
      node: "harness",
      event: "healing-failed",
      detail: "toxiproxy",
    });
    return "at the end";
  }),
  mutation("parts-not-watched", "nobody watched the parts of the shop", ["unplanned-exits"], (draft) => {
    draft.change("node", () => undefined);
    draft.renumber();
    return "all parts";
  }),
];

export const WITNESS_MUTATIONS: readonly Mutation[] = [...NUMBERS, ...CLOCKS, ...GENERATOR, ...COURSE];
