import { setInterval } from "node:timers";
import type { RunContext } from "#core/context.ts";
import type { Sample } from "#core/history.ts";
import { Attendance, type LastWord, lastWordName } from "#core/last-words.ts";
import type { Stage } from "#core/substrate.ts";
import { machineSeconds, processSeconds } from "./machine.ts";

/** Fine enough for a chart of seconds. */
const EVERY_MS = 1_000;

/**
 * Writes what every part, the harness itself and the guardian beside it have cost so far into the history, once a second.
 * Disposing it writes its last word: whether it did so to the end.
 */
export function sampleUsage(stage: Stage, ctx: RunContext, guardianPid: number | undefined): AsyncDisposable {
  const { clock, history } = ctx;
  const attendance = new Attendance("usage", "harness", EVERY_MS, clock.now());
  let reading: Promise<void> = Promise.resolve();
  const read = async (): Promise<void> => {
    let told = 0;
    const tell = (node: string, values: Sample["values"]): void => {
      history.append("harness", { kind: "sample", node, values });
      told += 1;
    };
    const own = process.cpuUsage();
    tell("harness", {
      cpu_seconds: (own.user + own.system) / 1e6,
      rss_bytes: process.memoryUsage.rss(),
      // Beside the run clock that dates this record: whether somebody set the machine's.
      wall_ms: clock.wall(),
    });
    const guardian = guardianPid === undefined ? undefined : processSeconds(guardianPid);
    if (guardian !== undefined) tell("guardian", { cpu_seconds: guardian });
    tell("machine", machineSeconds());
    const parts = (await stage.usage?.()) ?? {};
    for (const [node, { cpuSeconds, rssBytes }] of Object.entries(parts)) {
      tell(node, { cpu_seconds: cpuSeconds, rss_bytes: rssBytes });
    }
    attendance.came(clock.now(), told, told);
  };
  const timer = setInterval(() => {
    reading = reading.then(read).catch(() => undefined);
  }, EVERY_MS);
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await reading;
      const data: LastWord = { sources: [attendance.word(clock.now())] };
      history.append("harness", { kind: "evidence", name: lastWordName("usage"), data });
    },
  };
}
