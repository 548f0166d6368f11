import type { HistoryRecord } from "#core/history.ts";
import type { Reporter, RunResult } from "#core/result.ts";
import type { SafeOutput } from "./output.ts";
import { piece } from "./paint.ts";
import { Screen } from "./screen.ts";
import { ShopState } from "./shop-state.ts";
import { Teller, type Telling } from "./telling.ts";
import { verdictBlock } from "./verdict-block.ts";
import { type Frame, view } from "./view.ts";
import { Watching } from "./watching.ts";

/** Between two frames, on the run's clock: four a second are smooth enough and cost the machine under test nothing. */
const FRAME_MS = 250;
const EVENTS_SHOWN = 3;

/**
 * One screen that does not scroll. Driven by the records alone (samples come every second), without a timer of its own,
 * so that a finished run can be shown again exactly as it was.
 */
export function liveReporter(output: SafeOutput): Reporter {
  const screen = new Screen(output);
  const teller = new Teller();
  const watching = new Watching();
  const shop = new ShopState();
  const events: (Telling & { readonly at: number })[] = [];
  let heading = "doorbuster";
  let run: Frame["run"];
  let drawnAt = Number.NEGATIVE_INFINITY;
  let begun = false;

  const draw = (now: number): void => {
    drawnAt = now;
    screen.draw(view({ heading, run, watching, shop, events, now, columns: output.columns }));
  };

  return {
    progress(line) {
      screen.print([piece("setup   ", "quiet"), piece(line)]);
    },
    planned(plan, planned) {
      heading = plan[0] ?? heading;
      run = planned;
      for (const [index, line] of plan.entries()) screen.print([piece(line, index === 0 ? "strong" : "plain")]);
      screen.print([]);
    },
    record(record: HistoryRecord) {
      watching.add(record);
      shop.add(record);
      if (record.kind === "run" && record.state === "load-begun") begun = true;
      const telling = teller.tell(record);
      if (telling !== undefined) {
        events.push({ ...telling, at: record.at });
        if (events.length > EVENTS_SHOWN) events.shift();
      }
      if (begun && record.at - drawnAt >= FRAME_MS) draw(record.at);
    },
    ended(result: RunResult, folder: string, bytes?: number) {
      screen.erase();
      for (const line of verdictBlock(result, folder, watching, bytes)) screen.print(line);
      screen.restore();
    },
    async [Symbol.asyncDispose]() {
      screen.restore();
    },
  };
}
