import { type LastWord, lastWordName, lastWordSchema } from "#core/last-words.ts";
import { CRASH_LOGGED, LOGS_READ, logsReadSchema } from "#core/part-logs.ts";
import type { Part } from "#system/evidence/truth.ts";
import type { Mutation } from "./mutation.ts";
import { mutation } from "./telling.ts";

type Pages = Part<"pages">;

/** A change to what the pages of products showed at rest; undefined where this shop has none. */
function ofPages(
  name: string,
  does: string,
  as: Mutation["as"],
  to: (pages: Pages, index: number) => Partial<Pages>,
): Mutation {
  return mutation(
    name,
    does,
    ["pages-true"],
    (draft) => {
      const pages = draft.book("pages");
      if (pages === undefined || pages.rows.length === 0) return undefined;
      const index = draft.random.integer(pages.rows.length);
      Object.assign(pages, to(pages, index));
      return `product ${pages.rows[index]?.[0]}`;
    },
    as,
  );
}

const PAGES: readonly Mutation[] = [
  ofPages("page-wrong", "a page of one replica showed old stock", "broken", ({ rows }, index) => ({
    rows: rows.map(([product, shown], at) => [product, at === index ? [-1, ...shown.slice(1)] : shown]),
  })),
  ofPages("page-wrong-others-unread", "one page was read, and was wrong", "broken", ({ rows }, index) => ({
    rows: rows
      .slice(index, index + 1)
      .map(([product, shown]) => [product, [-1, ...shown.slice(1).map(() => "unread" as const)]]),
    unread: ["it did not answer"],
  })),
  ofPages(
    "page-not-looked-at",
    "the page of a product that was sold was never looked at",
    "unknown",
    ({ rows }, index) => ({
      rows: rows.filter((_, at) => at !== index),
    }),
  ),
  ofPages("page-unread", "a page of one replica could not be had", "unknown", ({ rows }, index) => ({
    rows: rows.map(([product, shown], at) => [product, at === index ? ["unread", ...shown.slice(1)] : shown]),
    unread: ["it did not answer"],
  })),
  ofPages("pages-but-one-unread", "of all pages only one was read", "unknown", ({ rows }, index) => ({
    rows: rows.slice(index, index + 1),
  })),
  ofPages("replica-not-asked", "nobody asked one of the replicas for its pages", "unknown", ({ replicas, rows }) => ({
    replicas: replicas.slice(1),
    rows: rows.map(([product, shown]) => [product, shown.slice(1)]),
  })),
];

type Source = LastWord["sources"][number];

/** A change to what a source of numbers came to; one by chance. */
function ofSource(name: string, does: string, to: (source: Source, atMs: number) => Source): Mutation {
  return mutation(name, does, ["trust-last-words"], (draft) => {
    const endMs = draft.records.at(-1)?.at ?? 0;
    let found: string | undefined;
    draft.change("evidence", (record) => {
      if (record.name !== lastWordName("samplers")) return record;
      const { sources } = lastWordSchema.parse(record.data);
      const picked = draft.random.integer(sources.length);
      found = sources[picked]?.name;
      return { ...record, data: { sources: sources.map((each, at) => (at === picked ? to(each, endMs) : each)) } };
    });
    return found;
  });
}

const SOURCES: readonly Mutation[] = [
  ofSource(
    "source-only-ever-down",
    "a source of numbers never said anything but that it was down",
    (source, endMs) => ({
      ...source,
      answered: 0,
      speechless: [{ fromMs: 0, toMs: endMs }],
    }),
  ),
  ofSource("source-down-to-the-end", "a source of numbers was down from the middle of the run on", (source, endMs) => ({
    ...source,
    answered: Math.ceil(source.told / 2),
    speechless: [{ fromMs: endMs / 2, toMs: endMs }],
  })),
  ofSource("source-silent", "a source of numbers fell silent half-way", (source, endMs) => ({
    ...source,
    silentMs: endMs / 2,
  })),
];

const LOGS: readonly Mutation[] = [
  mutation(
    "log-crash",
    "a database threw everybody out because one of its processes had crashed, and went on",
    ["quiet-logs"],
    (draft) => {
      const zero = draft.all("run").find(({ state }) => state === "load-begun");
      const servers = draft.input.topology.nodes.filter(({ role }) => ["primary", "replica", "reports"].includes(role));
      const node = draft.pick(servers)?.id;
      if (node === undefined || zero === undefined) return undefined;
      const detail = "LOG:  all server processes terminated; reinitializing";
      draft.tell(zero.seq + 1, node, { kind: "system", node, event: CRASH_LOGGED, detail });
      return node;
    },
    "broken",
  ),
  mutation("logs-not-told", "nobody said how far the logs of the parts were read", ["quiet-logs"], (draft) => {
    draft.change("evidence", (record) => (record.name === LOGS_READ ? undefined : record));
    draft.renumber();
    return LOGS_READ;
  }),
  mutation("log-not-read", "the log of one part was not read to its end", ["quiet-logs"], (draft) => {
    let found: string | undefined;
    draft.change("evidence", (record) => {
      if (record.name !== LOGS_READ) return record;
      const { logs } = logsReadSchema.parse(record.data);
      const picked = draft.random.integer(logs.length);
      found = logs[picked]?.node;
      return { ...record, data: { logs: logs.map((log, at) => (at === picked ? { ...log, unread: 512 } : log)) } };
    });
    return found;
  }),
];

/** Fewer looks than were asked for, each of which could hide what they would have shown. */
export const LOOK_MUTATIONS: readonly Mutation[] = [...PAGES, ...SOURCES, ...LOGS];
