import { z } from "zod";
import type { HistoryEvent, HistoryRecord } from "#core/history.ts";

const lane = z.enum(["shoppers", "buyers", "looks", "clashes", "bots"]);
const page = z.enum(["home", "search", "category", "product", "cart", "add", "checkout", "order"]);
const region = z.enum(["eu", "us"]);
const outcome = z.enum([
  "ok",
  "sold-out",
  "twin",
  "invalid",
  "refused",
  "unavailable",
  "error",
  "timeout",
  "broken-off",
  "lost",
  "unsent",
]);
/** Seconds are places in arrays later: whole, and no larger than a day. */
const second = z.number().int().min(-86_400).max(86_400);
const histogram = z.record(z.string().regex(/^\d{1,6}$/), z.number());
const facts = z.record(z.string(), z.unknown());
const reading = z.object({ kind: z.enum(["answered", "refused", "closed", "silent"]), ms: z.number() });

const event: z.ZodType<HistoryEvent> = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("load.batch"),
    second,
    lane,
    page,
    region,
    outcomes: z.partialRecord(outcome, z.number()),
    latency: histogram,
  }),
  z.object({
    kind: z.literal("load.attempt"),
    id: z.string(),
    lane,
    page,
    region,
    plannedMs: z.number(),
    sentMs: z.number(),
    durationMs: z.number(),
    status: z.number(),
    outcome,
    attempt: z.number(),
    error: z.string().exactOptional(),
  }),
  z.object({
    kind: z.literal("write.intent"),
    key: z.string(),
    attempt: z.number(),
    session: z.string(),
    lines: z.array(z.object({ productId: z.number(), quantity: z.number() })),
    coupon: z.string().exactOptional(),
  }),
  z.object({
    kind: z.literal("write.result"),
    key: z.string(),
    attempt: z.number(),
    result: z.enum(["ok", "fail", "info"]),
    status: z.number(),
    orderId: z.string().exactOptional(),
    totalCents: z.number().exactOptional(),
    discountCents: z.number().exactOptional(),
    lines: z.array(z.object({ productId: z.number(), quantity: z.number(), priceCents: z.number() })).exactOptional(),
    soldOutProductId: z.number().exactOptional(),
  }),
  z.object({
    kind: z.literal("write.clash"),
    key: z.string(),
    attempt: z.number(),
    status: z.number(),
    isRefused: z.boolean(),
    orderId: z.string().exactOptional(),
  }),
  z.object({
    kind: z.literal("order.look"),
    orderId: z.string(),
    status: z.number(),
    shown: z.string().exactOptional(),
  }),
  z.object({
    kind: z.literal("load.health"),
    second,
    usersPlanned: z.number(),
    usersPresent: z.number(),
    planned: z.number(),
    sent: z.number(),
    lateness: histogram,
    exceptions: z.number(),
  }),
  z.object({
    kind: z.literal("load.ended"),
    exitCode: z.number(),
    complete: z.boolean(),
    planned: z.number(),
    accounted: z.number(),
    clashes: z.number().exactOptional(),
    detail: z.string(),
  }),
  z.object({ kind: z.literal("sample"), node: z.string(), values: z.record(z.string(), z.number()) }),
  z.object({ kind: z.literal("phase"), name: z.string(), state: z.enum(["begin", "end"]) }),
  z.object({
    kind: z.literal("fault"),
    id: z.string(),
    fault: z.string(),
    state: z.enum([
      "planned",
      "not-applicable",
      "gap",
      "skipped",
      "injecting",
      "in-force",
      "unproven",
      "healing",
      "healed",
      "not-healed",
    ]),
    title: z.string(),
    detail: z.string(),
    asked: z.string().exactOptional(),
    measured: z.string().exactOptional(),
    targets: z.array(z.string()).exactOptional(),
    readings: z
      .array(
        z.object({
          when: z.enum(["before", "in-force", "during", "after"]),
          target: z.string(),
          fresh: reading,
          held: reading.exactOptional(),
        }),
      )
      .exactOptional(),
  }),
  z.object({
    kind: z.literal("node"),
    node: z.string(),
    state: z.enum(["starting", "ready", "exited", "restarting", "stopped", "killed", "paused", "continued"]),
    detail: z.string(),
  }),
  z.object({ kind: z.literal("system"), node: z.string(), event: z.string(), detail: z.string() }),
  z.object({ kind: z.literal("evidence"), name: z.string(), data: z.unknown() }),
  z.object({
    kind: z.literal("run"),
    state: z.enum([
      "planned",
      "raised",
      "load-begun",
      "steady",
      "not-steady",
      "drained",
      "quiesced",
      "not-quiesced",
      "interrupted",
      "ended",
    ]),
    detail: z.string(),
    facts: facts.exactOptional(),
  }),
]);

/** The door of a history: one line of `history.jsonl`. */
export const recordSchema: z.ZodType<HistoryRecord> = event.and(
  z.object({ seq: z.number().int(), at: z.number(), source: z.string(), sourceAt: z.number().exactOptional() }),
);
