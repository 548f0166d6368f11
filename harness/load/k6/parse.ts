import { z } from "zod";
import type { Lane, Page } from "#core/history.ts";
import type { Region } from "#core/topology.ts";
import type { OrderLine } from "../plan/step.ts";
import { FLAGS, MARKS } from "./record.ts";

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
      readonly coupon?: string;
      readonly atMs: number;
    }
  | AttemptRecord
  | { readonly kind: "lost"; readonly origin: Origin; readonly page: Page; readonly plannedMs: number }
  | {
      readonly kind: "exception";
      readonly lane: Lane;
      readonly user: number;
      readonly step: number;
      readonly text: string;
    };

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

/**
 * The fields of one line, taken from left to right. By hand, because every request of the run passes here on a machine
 * that the shop is measured on: a schema took 6 us a line, this takes 1.5 (measured), and says no less.
 */
class Fields {
  readonly #fields: readonly string[];
  #next = 1;
  /** Everything taken so far was there and had its form. */
  sound = true;

  constructor(fields: readonly string[]) {
    this.#fields = fields;
  }

  text(): string {
    const field = this.#fields[this.#next];
    this.#next += 1;
    if (field === undefined) this.sound = false;
    return field ?? "";
  }

  whole(): number {
    const text = this.text();
    const number = Number(text);
    if (text === "" || !Number.isInteger(number)) this.sound = false;
    return number;
  }

  /** Milliseconds of a field in microseconds. */
  ms(): number {
    return this.whole() / 1_000;
  }

  oneOf<T extends string>(values: ReadonlyMap<string, T>, otherwise: T): T {
    const value = values.get(this.text());
    if (value === undefined) this.sound = false;
    return value ?? otherwise;
  }

  page(): Page {
    return this.oneOf(PAGE_NAMES, "home");
  }

  lane(): Lane {
    return this.oneOf(LANE_NAMES, "shoppers");
  }

  origin(): Origin {
    return { lane: this.lane(), region: this.oneOf(REGION_NAMES, "eu"), user: this.whole(), step: this.whole() };
  }
}

const names = <T extends string>(...values: readonly T[]): ReadonlyMap<string, T> =>
  new Map(values.map((value) => [value, value]));

const LANE_NAMES = names<Lane>("shoppers", "buyers", "looks", "clashes", "bots");
const REGION_NAMES = names<Region>("eu", "us");
const PAGE_NAMES = names<Page>("home", "search", "category", "product", "cart", "add", "checkout", "order");

/**
 * One line of the generator. Undefined for a line that is none of its records: somebody else wrote into the file, and
 * whoever reads it decides what that means.
 */
export function parseRecord(line: string): GeneratorRecord | undefined {
  const fields = new Fields(line.split("\t"));
  const record = recordOf(line.slice(0, line.indexOf("\t")), fields);
  return fields.sound ? record : undefined;
}

function recordOf(mark: string, fields: Fields): GeneratorRecord | undefined {
  switch (mark) {
    case MARKS.arrived:
      return { kind: "arrived", user: fields.whole(), atMs: fields.ms() };
    case MARKS.left:
      return { kind: "left", lane: fields.lane(), user: fields.whole(), atMs: fields.ms() };
    case MARKS.lost:
      return { kind: "lost", origin: fields.origin(), page: fields.page(), plannedMs: fields.ms() };
    case MARKS.intent:
      return {
        kind: "intent",
        origin: fields.origin(),
        attempt: fields.whole(),
        key: fields.text(),
        session: fields.text(),
        ...parseBought(fields.text()),
        atMs: fields.ms(),
      };
    case MARKS.attempt:
      return attemptOf(fields);
    case MARKS.exception:
      return {
        kind: "exception",
        lane: fields.lane(),
        user: fields.whole(),
        step: fields.whole(),
        text: fields.text(),
      };
    default:
      return undefined;
  }
}

/** In the order of `ATTEMPT_FIELDS`. */
function attemptOf(fields: Fields): AttemptRecord {
  const head = {
    kind: "attempt" as const,
    origin: fields.origin(),
    attempt: fields.whole(),
    plannedPage: fields.page(),
    page: fields.page(),
    plannedMs: fields.ms(),
    sentMs: fields.ms(),
    endedMs: fields.ms(),
    status: fields.whole(),
    errorCode: fields.whole(),
  };
  const flags = fields.text();
  return {
    ...head,
    notExecuted: flags.includes(FLAGS.notExecuted),
    fresh: flags.includes(FLAGS.fresh),
    id: fields.text(),
    key: fields.text(),
    body: fields.text(),
  };
}

/** What is bought as the timetable writes it: `12x1+7x2`, and a coupon after a `!`. */
function parseBought(text: string): { readonly lines: readonly OrderLine[]; readonly coupon?: string } {
  const mark = text.indexOf("!");
  if (mark < 0) return { lines: parseLines(text) };
  return { lines: parseLines(text.slice(0, mark)), coupon: text.slice(mark + 1) };
}

function parseLines(text: string): readonly OrderLine[] {
  if (text === "") return [];
  return text.split("+").map((part) => {
    const [productId = "", quantity = ""] = part.split("x");
    return { productId: Number(productId), quantity: Number(quantity) };
  });
}

const orderBody = z.object({
  // It becomes a part of addresses and of the history: an id, not a text.
  orderId: z.union([z.string().regex(/^[\w-]{1,64}$/), z.number().int()]).transform(String),
  totalCents: z.number().int(),
  discountCents: z.number().int().exactOptional(),
  lines: z.array(z.object({ productId: z.number().int(), quantity: z.number().int(), priceCents: z.number().int() })),
});

const soldOutBody = z.object({ code: z.literal("sold-out"), productId: z.number().int() });

/** What a checkout's reply says; undefined when it is not what the shop's interface promises. */
export function parseOrder(body: string): z.infer<typeof orderBody> | undefined {
  return orderBody.safeParse(parseJson(body)).data;
}

const orderPage = z.object({ orderId: z.string(), status: z.string() });

/**
 * What a page said of the order that it was asked for: `<order> <text of the page>`. Nothing is shown by a page of
 * another form, or of another order.
 */
export function parseLook(body: string): { readonly orderId: string; readonly shown?: string } {
  const end = body.indexOf(" ");
  const orderId = body.slice(0, end);
  const page = orderPage.safeParse(parseJson(body.slice(end + 1))).data;
  return page?.orderId === orderId ? { orderId, shown: page.status } : { orderId };
}

export function parseSoldOut(body: string): z.infer<typeof soldOutBody> | undefined {
  return soldOutBody.safeParse(parseJson(body)).data;
}

const mismatchBody = z.object({ code: z.literal("key-used-for-another-request") });

/** Whether a 422 says that its key was used for another request: anybody can call a request invalid. */
export function isMismatch(body: string): boolean {
  return mismatchBody.safeParse(parseJson(body)).success;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
