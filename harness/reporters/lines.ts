import { formatMoment, formatMs } from "#core/duration.ts";
import type { HistoryRecord } from "#core/history.ts";
import type { Reporter, RunResult } from "#core/result.ts";
import { count, errorShare, latency } from "./figures.ts";
import type { SafeOutput } from "./output.ts";
import { type Piece, paint, piece } from "./paint.ts";
import { Teller } from "./telling.ts";
import { verdictBlock } from "./verdict-block.ts";
import { Watching } from "./watching.ts";

/** Off a terminal nobody sees a screen: every half minute one line says how the load does. */
const PULSE_SECONDS = 30;

/** A line for everything that happens: for pipes, files and CI. */
export function linesReporter(output: SafeOutput): Reporter {
  const teller = new Teller();
  const watching = new Watching();
  let pulsed = 0;
  const print = (...pieces: readonly Piece[]): void => output.write(`${paint(pieces, output.color)}\n`);
  const moment = (at: number): Piece => piece(formatMoment(at - (watching.zeroMs ?? 0)).padEnd(8), "quiet");

  const pulse = (at: number): void => {
    const due = Math.floor((watching.newest + 1) / PULSE_SECONDS) * PULSE_SECONDS;
    if (due <= pulsed) return;
    pulsed = due;
    const now = watching.at(due - 1);
    if (now === undefined) return;
    const { shoppers } = now;
    const users = watching.health === undefined ? "" : `${count(watching.health.usersPresent)} users, `;
    const text = `${users}${count(shoppers.attempts)}/s, p50 ${latency(shoppers.latency.quantile(0.5))}, p99 ${latency(shoppers.latency.quantile(0.99))}, errors ${errorShare(shoppers)}`;
    print(
      watching.zeroMs === undefined ? moment(at) : piece(formatMoment(due * 1_000).padEnd(8), "quiet"),
      piece(text),
    );
  };

  return {
    progress: (line) => print(piece("setup   ", "quiet"), piece(line)),
    planned(plan) {
      for (const [index, line] of plan.entries()) print(piece(line, index === 0 ? "strong" : "plain"));
    },
    record(record: HistoryRecord) {
      watching.add(record);
      if (record.kind === "run" && record.state === "raised") {
        const took = record.facts?.readyMs;
        const time = typeof took === "number" ? ` in ${formatMs(took)}` : "";
        print(
          piece("setup   ", "quiet"),
          piece(`${record.detail}${time}; the clock below counts from the first request`),
        );
        return;
      }
      const telling = teller.tell(record);
      if (telling !== undefined) print(moment(record.at), piece(telling.text, telling.tone));
      if (record.kind === "load.batch") pulse(record.at);
    },
    ended(result: RunResult, folder: string, bytes?: number) {
      for (const line of verdictBlock(result, folder, watching, bytes)) print(...line);
    },
    async [Symbol.asyncDispose]() {
      // Every line was written when it was said.
    },
  };
}
