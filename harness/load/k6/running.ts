import type { RunContext } from "#core/context.ts";
import { messageOf } from "#core/errors.ts";
import type { RunningLoad } from "#core/load.ts";
import type { LoadPlan } from "../plan/plan.ts";
import type { Tally } from "../plan/tally.ts";
import { Bookkeeper } from "./bookkeeper.ts";
import type { Gate, Offset } from "./gate.ts";
import { parseRecord } from "./parse.ts";
import type { GeneratorProcess } from "./process.ts";
import { type Tail, tailOf } from "./tail.ts";

export interface LoadUnderWay {
  readonly plan: LoadPlan;
  readonly tally: Tally;
  readonly gate: Gate;
  readonly generator: GeneratorProcess;
  /** File that the generator writes its records into. */
  readonly records: string;
  readonly zeroMs: number;
  readonly offset: Offset;
  readonly ctx: RunContext;
}

/** How often the records are read: five times a second keeps the live view honest and costs next to nothing. */
const READ_EVERY_MS = 200;

/**
 * After the curve's end: two attempts of full patience, the pause between them, and two seconds for k6 to go. The run
 * loop waits a second longer, so that the load ends in its own words.
 */
const LAST_WORDS_MS = 19_000;

/** A generator that is told to end writes its last lines and goes; after this it is ended. */
export const END_GRACE_MS = 10_000;

/** Two readings of the two clocks may differ by the exchange's own time; by more than this, one of them was moved. */
const CLOCKS_AGREE_MS = 20;

/** Follows the generator's records until it has ended and all of them are in the history. */
export async function runLoad(load: LoadUnderWay): Promise<RunningLoad> {
  const { plan, tally, generator, zeroMs, ctx } = load;
  const tail = await tailOf(load.records);
  const books = new Bookkeeper(ctx.history, tally, plan.users + plan.places, zeroMs);
  noteClocks(load, load.offset);
  const reading = { over: false };
  const deadlineMs = zeroMs + plan.lengthMs + LAST_WORDS_MS;
  const ended = follow(tail, books, load, reading, deadlineMs);
  const stop = async (): Promise<void> => {
    await generator.end(END_GRACE_MS);
    await ended;
  };
  return { ended, stop, [Symbol.asyncDispose]: stop };
}

/** Never rejects: what goes wrong here is the last word's trouble, and by that the run's verdict is unknown. */
async function follow(
  tail: Tail,
  books: Bookkeeper,
  load: LoadUnderWay,
  reading: { over: boolean },
  deadlineMs: number,
): Promise<void> {
  const { generator, zeroMs, ctx } = load;
  const exit = generator.exited.then((how) => {
    reading.over = true;
    return how;
  });
  let trouble: string | undefined;
  try {
    await using _tail = tail;
    while (!reading.over) {
      await readOnce(tail, books, ctx.clock.now() - zeroMs);
      if (ctx.clock.now() > deadlineMs) {
        trouble = "the generator did not end by itself and was ended";
        await generator.end(END_GRACE_MS);
      }
      await Promise.race([exit, ctx.clock.sleep(READ_EVERY_MS)]);
    }
    await readOnce(tail, books, ctx.clock.now() - zeroMs);
  } catch (thrown) {
    trouble = `reading the generator's records failed: ${messageOf(thrown)}`;
    await generator.end(END_GRACE_MS);
  }
  const { code } = await exit;
  books.end(code, trouble ?? clockTrouble(load));
}

async function readOnce(tail: Tail, books: Bookkeeper, nowMs: number): Promise<void> {
  for (const line of await tail.read()) books.take(parseRecord(line), line, nowMs);
  books.tick(nowMs);
}

/** The clocks are compared before and after the load; both comparisons belong into the history. */
function clockTrouble(load: LoadUnderWay): string | undefined {
  const last = load.gate.last();
  if (last === undefined)
    return "the generator's clock was not compared a second time, so nobody knows whether it moved";
  noteClocks(load, last);
  const moved = Math.abs(last.offsetMs - load.offset.offsetMs);
  const room = CLOCKS_AGREE_MS + (last.roundTripMs + load.offset.roundTripMs) / 2;
  return moved <= room ? undefined : `the generator's clock moved by ${moved.toFixed(1)}ms against the run clock`;
}

function noteClocks(load: LoadUnderWay, offset: Offset): void {
  const values = { clock_offset_ms: offset.offsetMs, clock_round_trip_ms: offset.roundTripMs };
  load.ctx.history.append("generator", { kind: "sample", node: "generator", values });
}
