import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import type { RunContext } from "#core/context.ts";
import { CRASH_LOGGED, LOGS_READ, type LogsRead } from "#core/part-logs.ts";
import type { Program } from "#core/toolbox.ts";
import { crashLines } from "./crash-words.ts";

/** Often enough for a story told in seconds. */
const EVERY_MS = 200;

/** A look at one log reads no more than this: ten times what a balancer writes at 1,000 requests a second. */
const BYTES_PER_LOOK = 512 * 1024;

/** Our services write lines of a kilobyte; of a longer one without an end only this much is kept. */
const LONGEST_LINE = 64 * 1024;

/** Of one node in a run: a shop in trouble tells some hundred. What shouts without end would fill the history. */
const MOST_EVENTS = 20_000;

/** Lines that tell of a crash, of one node in a run: the first ones say what happened, and a crash loop tells thousands. */
const MOST_CRASHES = 100;

/** At the end what is left is read: 64 MB of each log, more than a run has ever written between two looks. */
const LAST_LOOKS = 128;

/** What is kept of an event's words. */
const LONGEST_DETAIL = 4_000;

const MARK = Buffer.from('"event":');
const NEWLINE = 0x0a;

export interface LogTail extends AsyncDisposable {
  /** Reads what has been written since the last look. */
  look(): void;
}

interface Tailed {
  readonly node: string;
  readonly program: Program;
  readonly path: string;
  file: number | undefined;
  position: number;
  rest: Buffer;
  told: number;
  crashes: number;
}

/**
 * Turns lines of the nodes' logs that tell an event, or a crash, into records of the history. At its end it says how far
 * it has read: what nobody read cannot be called quiet.
 */
export function tailLogs(
  folder: string,
  nodes: readonly { readonly node: string; readonly program: Program }[],
  ctx: RunContext,
): LogTail {
  const tailed: Tailed[] = nodes.map(({ node, program }) => ({
    node,
    program,
    path: join(folder, `${node}.log`),
    file: undefined,
    position: 0,
    rest: Buffer.alloc(0),
    told: 0,
    crashes: 0,
  }));
  const buffer = Buffer.alloc(BYTES_PER_LOOK);
  const look = (): void => {
    for (const each of tailed) readMore(each, buffer, ctx);
  };
  const timer = setInterval(look, EVERY_MS);
  timer.unref();
  let ended = false;
  return {
    look,
    async [Symbol.asyncDispose]() {
      if (ended) return;
      ended = true;
      clearInterval(timer);
      for (const each of tailed) {
        for (let looks = 0; looks < LAST_LOOKS; looks += 1) if (!readMore(each, buffer, ctx)) break;
      }
      const data: LogsRead = { logs: tailed.map(farRead) };
      ctx.history.append("harness", { kind: "evidence", name: LOGS_READ, data });
      for (const { file } of tailed) if (file !== undefined) closeSync(file);
    },
  };
}

function farRead({ node, file, position }: Tailed): LogsRead["logs"][number] {
  const size = file === undefined ? 0 : fstatSync(file).size;
  return { node, found: file !== undefined, bytes: position, unread: Math.max(0, size - position) };
}

/** One look. False when there was nothing to read. */
function readMore(each: Tailed, buffer: Buffer, ctx: RunContext): boolean {
  try {
    each.file ??= openSync(each.path, "r");
  } catch {
    // The node has not been started yet.
    return false;
  }
  const bytes = readSync(each.file, buffer, 0, buffer.length, each.position);
  if (bytes === 0) return false;
  each.position += bytes;
  const text = Buffer.concat([each.rest, buffer.subarray(0, bytes)]);
  const end = text.lastIndexOf(NEWLINE) + 1;
  each.rest = Buffer.from(text.subarray(Math.max(end, text.length - LONGEST_LINE)));
  for (let at = text.indexOf(MARK); at >= 0 && at < end; ) {
    const from = text.lastIndexOf(NEWLINE, at) + 1;
    const to = text.indexOf(NEWLINE, at);
    record(each, text.toString("utf8", from, to), ctx);
    at = text.indexOf(MARK, to);
  }
  for (const line of crashLines(each.program, text.subarray(0, end))) crashed(each, line, ctx);
  return true;
}

function crashed(each: Tailed, line: string, ctx: RunContext): void {
  if (each.crashes === MOST_CRASHES) return;
  each.crashes += 1;
  const { node } = each;
  ctx.history.append(node, { kind: "system", node, event: CRASH_LOGGED, detail: line.slice(0, LONGEST_DETAIL) });
}

function record(each: Tailed, line: string, ctx: RunContext): void {
  const told = parseEvent(line);
  if (told === undefined || each.told > MOST_EVENTS) return;
  each.told += 1;
  const { node } = each;
  if (each.told > MOST_EVENTS) {
    ctx.history.append(node, {
      kind: "system",
      node,
      event: "too-many-events",
      detail: "the rest is in its log alone",
    });
    return;
  }
  const { event, detail, wallMs } = told;
  const sourceAt = wallMs === undefined ? undefined : ctx.clock.now() - (ctx.clock.wall() - wallMs);
  ctx.history.append(
    node,
    { kind: "system", node, event: event.slice(0, 200), detail: detail.slice(0, LONGEST_DETAIL) },
    sourceAt,
  );
}

/** An event as pino writes it: `event` and `detail` are the service's words, `time` is milliseconds since the epoch. */
export function parseEvent(line: string): { event: string; detail: string; wallMs: number | undefined } | undefined {
  try {
    const { event, detail, time } = JSON.parse(line) as Readonly<Record<string, unknown>>;
    if (typeof event !== "string") return undefined;
    const words = typeof detail === "string" ? detail : detail === undefined ? "" : JSON.stringify(detail);
    return { event, detail: words, wallMs: typeof time === "number" ? time : undefined };
  } catch {
    // A line that only quotes the word is no event.
    return undefined;
  }
}
