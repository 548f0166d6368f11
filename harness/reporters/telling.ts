import { formatMs } from "#core/duration.ts";
import type { FaultEvent, HistoryRecord } from "#core/history.ts";
import type { Tone } from "./paint.ts";

/** A sentence about a record for people who watch a run. */
export interface Telling {
  readonly text: string;
  readonly tone: Tone;
}

/** Room for a fault's title, so that what is said of it stands in one column. */
const TITLE_WIDTH = 44;
/** Replicas that say the same within this time are one event. */
const SAME_WITHIN_MS = 5_000;
/** Distinct events of the shop that are remembered for that; the oldest is forgotten first. */
const MOST_REMEMBERED = 200;

/** Chooses what of a history is told while it happens, and in which words. Keeps the little memory that this needs. */
export class Teller {
  #loadBegun = false;
  #drained = false;
  readonly #injectedAt = new Map<string, number>();
  readonly #healingAt = new Map<string, number>();
  readonly #said = new Map<string, number>();

  tell(record: HistoryRecord): Telling | undefined {
    switch (record.kind) {
      case "run":
        return this.#run(record);
      case "fault":
        return this.#fault(record, record.at);
      case "node":
        return this.#node(record);
      case "system":
        return this.#isNew(`${record.event}\n${record.detail}`, record.at)
          ? { text: `${record.event.replace(/-/g, " ")}: ${record.detail} (${record.node})`, tone: "accent" }
          : undefined;
      case "load.ended":
        return record.complete
          ? { text: "the load has ended; every user has said its last word", tone: "quiet" }
          : { text: `the load ended incomplete (code ${record.exitCode}): ${record.detail}`, tone: "unknown" };
      default:
        return undefined;
    }
  }

  #run(record: HistoryRecord & { readonly kind: "run" }): Telling | undefined {
    if (record.state === "load-begun") this.#loadBegun = true;
    if (record.state === "drained" || record.state === "interrupted") this.#drained = true;
    switch (record.state) {
      case "steady":
        return { text: `steady: ${record.detail}`, tone: "held" };
      case "not-steady":
        return {
          text: `not steady: ${record.detail === "" ? "nothing was measured" : record.detail}; no fault will be injected`,
          tone: "broken",
        };
      case "quiesced":
        return { text: `quiet: ${record.detail}`, tone: "quiet" };
      case "not-quiesced":
        return { text: `did not come to rest: ${record.detail}`, tone: "unknown" };
      case "interrupted":
        return { text: `cut short: ${record.detail}`, tone: "unknown" };
      default:
        return undefined;
    }
  }

  #fault(event: FaultEvent, at: number): Telling | undefined {
    const title = event.title.padEnd(TITLE_WIDTH);
    const measured = event.measured === undefined ? "" : ` (probe measured ${event.measured})`;
    const since = (began: number | undefined): string => (began === undefined ? "" : ` after ${formatMs(at - began)}`);
    switch (event.state) {
      case "injecting":
        this.#injectedAt.set(event.id, at);
        return undefined;
      case "in-force":
        return { text: `${title}in force${since(this.#injectedAt.get(event.id))}${measured}`, tone: "fault" };
      case "healing":
        this.#healingAt.set(event.id, at);
        return undefined;
      case "healed":
        return { text: `${title}healed${since(this.#healingAt.get(event.id))}${measured}`, tone: "held" };
      case "unproven":
        return { text: `${title}not proven${measured}: ${event.detail}`, tone: "unknown" };
      case "not-healed":
        return { text: `${title}not healed${measured}: ${event.detail}`, tone: "unknown" };
      case "skipped":
        return { text: `${title}not injected: ${event.detail}`, tone: "quiet" };
      default:
        return undefined;
    }
  }

  /** Before the load and after it nodes come and go by plan. */
  #node(record: HistoryRecord & { readonly kind: "node" }): Telling | undefined {
    if (!this.#loadBegun || this.#drained || record.state === "starting" || record.state === "stopped")
      return undefined;
    const text = `${record.node} ${record.state}${record.detail === "" ? "" : `: ${record.detail}`}`;
    return { text, tone: record.state === "ready" || record.state === "continued" ? "quiet" : "fault" };
  }

  #isNew(key: string, at: number): boolean {
    const last = this.#said.get(key);
    this.#said.delete(key);
    this.#said.set(key, at);
    const oldest = this.#said.keys().next().value;
    if (this.#said.size > MOST_REMEMBERED && oldest !== undefined) this.#said.delete(oldest);
    return last === undefined || at - last > SAME_WITHIN_MS;
  }
}
