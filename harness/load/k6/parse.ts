import { z } from "zod";
import type { Lane, Page } from "#core/history.ts";
import type { Region } from "#core/topology.ts";
import type { OrderLine } from "../plan/step.ts";
import { ATTEMPT_FIELDS, FLAGS, MARKS } from "./record.ts";

/** Whose step a record speaks of. */
export interface Origin {
  readonly lane: Lane;
  readonly region: Region;
  readonly user: number;
  readonly step: number;
}

export type GeneratorRecord =
  | { readonly kind: "arrived"; readonly user: number; readonly atMs: number }
  | { readonly kind: "left"; readonly lane: Lane; readonly user: number; readonly atMs: number }
  | {
      readonly kind: "intent";
      readonly origin: Origin;
      readonly attempt: number;
      readonly key: string;
      readonly session: string;
      readonly lines: readonly OrderLine[];
      readonly atMs: number;
    }
  | AttemptRecord
  | { readonly kind: "lost"; readonly origin: Origin; readonly page: Page; readonly plannedMs: number }
  | { readonly kind: "exception"; readonly text: string };

export interface AttemptRecord {
  readonly kind: "attempt";
  readonly origin: Origin;
  readonly attempt: number;
  /** Page by the plan; `page` is the one that was asked for. */
  readonly plannedPage: Page;
  readonly page: Page;
  readonly plannedMs: number;
  readonly sentMs: number;
  readonly endedMs: number;
  readonly status: number;
  readonly errorCode: number;
  readonly notExecuted: boolean;
  readonly fresh: boolean;
  readonly id: string;
  /** Empty for anything but a checkout. */
  readonly key: string;
  readonly body: string;
}

const lane = z.enum(["shoppers", "buyers", "bots"]);
const region = z.enum(["eu", "us"]);
const page = z.enum(["home", "search", "category", "product", "cart", "add", "checkout", "order"]);
const whole = z
  .string()
  .regex(/^-?\d+$/)
  .transform(Number);
const ms = whole.transform((us) => us / 1_000);
const origin = { lane, region, user: whole, step: whole };

const schemas = {
  arrived: z.object({ user: whole, atMs: ms }),
  left: z.object({ lane, user: whole, atMs: ms, steps: whole }),
  intent: z.object({ ...origin, attempt: whole, key: z.string(), session: z.string(), lines: z.string(), atMs: ms }),
  lost: z.object({ ...origin, page, plannedMs: ms }),
};

const attempt = z.object({
  ...origin,
  attempt: whole,
  planned: page,
  page,
  plannedUs: ms,
  sentUs: ms,
  endedUs: ms,
  status: whole,
  errorCode: whole,
  flags: z.string(),
  id: z.string(),
  key: z.string(),
  body: z.string(),
});

/**
 * One line of the generator. Undefined for a line that is none of its records: somebody else wrote into the file, and
 * whoever reads it decides what that means.
 */
export function parseRecord(line: string): GeneratorRecord | undefined {
  const [mark, ...fields] = line.split("\t");
  switch (mark) {
    case MARKS.arrived: {
      const { data } = schemas.arrived.safeParse(named(["user", "atMs"], fields));
      return data && { kind: "arrived", ...data };
    }
    case MARKS.left: {
      const { data } = schemas.left.safeParse(named(["lane", "user", "atMs", "steps"], fields));
      return data && { kind: "left", ...data };
    }
    case MARKS.lost: {
      const { data } = schemas.lost.safeParse(named([...Object.keys(origin), "page", "plannedMs"], fields));
      return data && { kind: "lost", origin: data, page: data.page, plannedMs: data.plannedMs };
    }
    case MARKS.intent: {
      const names = [...Object.keys(origin), "attempt", "key", "session", "lines", "atMs"];
      const { data } = schemas.intent.safeParse(named(names, fields));
      return data && { ...data, kind: "intent", origin: data, lines: parseLines(data.lines) };
    }
    case MARKS.attempt:
      return parseAttempt(fields);
    case MARKS.exception:
      return { kind: "exception", text: fields.join(" ") };
    default:
      return undefined;
  }
}

function parseAttempt(fields: readonly string[]): AttemptRecord | undefined {
  const { data } = attempt.safeParse(named(ATTEMPT_FIELDS, fields));
  if (data === undefined) return undefined;
  return {
    kind: "attempt",
    origin: data,
    attempt: data.attempt,
    plannedPage: data.planned,
    page: data.page,
    plannedMs: data.plannedUs,
    sentMs: data.sentUs,
    endedMs: data.endedUs,
    status: data.status,
    errorCode: data.errorCode,
    notExecuted: data.flags.includes(FLAGS.notExecuted),
    fresh: data.flags.includes(FLAGS.fresh),
    id: data.id,
    key: data.key,
    body: data.body,
  };
}

function named(names: readonly string[], fields: readonly string[]): Record<string, string | undefined> {
  return Object.fromEntries(names.map((name, i) => [name, fields[i]]));
}

/** Lines of an order as the timetable writes them: `12x1+7x2`. */
export function parseLines(text: string): readonly OrderLine[] {
  if (text === "") return [];
  return text.split("+").map((part) => {
    const [productId = "", quantity = ""] = part.split("x");
    return { productId: Number(productId), quantity: Number(quantity) };
  });
}

const orderBody = z.object({
  orderId: z.union([z.string(), z.number()]).transform(String),
  totalCents: z.number().int(),
  lines: z.array(z.object({ productId: z.number().int(), quantity: z.number().int(), priceCents: z.number().int() })),
});

const soldOutBody = z.object({ code: z.literal("sold-out"), productId: z.number().int() });

/** What a checkout's reply says; undefined when it is not what the shop's interface promises. */
export function parseOrder(body: string): z.infer<typeof orderBody> | undefined {
  return orderBody.safeParse(parseJson(body)).data;
}

export function parseSoldOut(body: string): z.infer<typeof soldOutBody> | undefined {
  return soldOutBody.safeParse(parseJson(body)).data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
