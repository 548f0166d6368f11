import type { RunContext } from "#core/context.ts";
import type { SampleSource } from "#core/evidence.ts";
import { Attendance, type LastWord, lastWordName } from "#core/last-words.ts";
import type { Stage } from "#core/substrate.ts";
import { type Reader, readerFor } from "./readers.ts";

/**
 * Reads every source on its period, from every node of its role that runs from the start, past the links, and appends
 * what it says as `sample` records. A source that gives no answer within its period leaves a sample of `up: 0` and
 * nothing else. Never throws into the run. Disposing it ends all reading, closes all connections and writes its last
 * word: how each source was read, to the end or not.
 */
export function startSampler(
  sources: readonly SampleSource[],
  stage: Pick<Stage, "nodes" | "direct" | "secret">,
  ctx: Pick<RunContext, "clock" | "history" | "signal">,
): AsyncDisposable {
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, ctx.signal]);
  const targets = sources.flatMap((source) =>
    stage
      .nodes({ role: source.role })
      .filter((node) => node.spare === undefined)
      .map((node) => ({ source, node: node.id })),
  );
  const attendances = targets.map(
    ({ source, node }) => new Attendance(`${source.kind} of ${node}`, node, source.everyMs, ctx.clock.now()),
  );
  const loops = targets.map(async ({ source, node }, index) => {
    await using reader = readerFor(source, stage.direct(node, source.port), (name) => stage.secret(name));
    // Spread over the period, so that the samples of a second do not all fall on one moment of one processor.
    const offsetMs = (source.everyMs * index) / targets.length;
    const came = (hasAnswered: boolean) => attendances[index]?.came(ctx.clock.now(), 1, hasAnswered ? 1 : 0);
    await sampleForever(reader, node, source.everyMs, offsetMs, signal, ctx, came);
  });
  const ended = Promise.allSettled(loops);
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await ended;
      const nowMs = ctx.clock.now();
      const data: LastWord = { sources: attendances.map((each) => each.word(nowMs)) };
      ctx.history.append("harness", { kind: "evidence", name: lastWordName("samplers"), data });
    },
  };
}

async function sampleForever(
  reader: Reader,
  node: string,
  everyMs: number,
  offsetMs: number,
  signal: AbortSignal,
  { clock, history }: Pick<RunContext, "clock" | "history">,
  came: (hasAnswered: boolean) => void,
): Promise<void> {
  let nextAt = clock.now() + offsetMs;
  for (;;) {
    const waitMs = nextAt - clock.now();
    if (waitMs > 0) await clock.sleep(waitMs, signal).catch(() => undefined);
    if (signal.aborted) return;
    const values = await reader.read(everyMs).catch(() => ({ up: 0 }));
    if (signal.aborted) return;
    history.append("harness", { kind: "sample", node, values });
    // An answer without a figure says no more than none.
    came(values.up !== 0 && Object.keys(values).length > 0);
    // Periods that a slow source has used up are left out, not made up for.
    const behind = Math.max(0, Math.floor((clock.now() - nextAt) / everyMs));
    nextAt += (behind + 1) * everyMs;
  }
}
