import { setTimeout as sleep } from "node:timers/promises";
import type { FastifyBaseLogger } from "fastify";
import { BATCH, type Source } from "./source.ts";
import type { Store } from "./store.ts";
import { advance } from "./watermark.ts";

/** Analytics look at days: a second late is early enough. */
const POLL_MS = 1_000;
const AFTER_FAILURE_MS = 1_000;

export interface LoaderState {
  /** Everything that the replica showed at this moment has been loaded (`performance.now`); undefined before the first time. */
  caughtUpAt: number | undefined;
  /** How old the oldest order of the last load was when it arrived here. */
  latenessMs: number;
}

/** Brings orders from the replica into the store until the signal. The replica may come and go. */
export class Loader {
  readonly state: LoaderState = { caughtUpAt: undefined, latenessMs: 0 };
  readonly #source: Source;
  readonly #store: Store;
  readonly #log: FastifyBaseLogger;

  constructor(source: Source, store: Store, log: FastifyBaseLogger) {
    this.#source = source;
    this.#store = store;
    this.#log = log;
  }

  async run(signal: AbortSignal): Promise<void> {
    let failing = false;
    while (!signal.aborted) {
      let pauseMs = AFTER_FAILURE_MS;
      try {
        pauseMs = (await this.step()) ? 0 : POLL_MS;
        if (failing) this.#log.info({ event: "loading-resumed", detail: "the replica answers again" });
        failing = false;
        if (pauseMs > 0) await this.#history();
      } catch (failure) {
        if (!failing && this.state.caughtUpAt !== undefined) {
          this.#log.warn({ event: "loading-failing", detail: String(failure) });
        }
        failing = this.state.caughtUpAt !== undefined;
      }
      await sleep(pauseMs, undefined, { signal }).catch(() => {});
    }
  }

  /** One look and its load. True when there may be more. */
  async step(): Promise<boolean> {
    const began = performance.now();
    const mark = await this.#store.watermark();
    const look = await this.#source.read(mark);
    const next = advance(mark, look);
    const taken = look.orders.filter((order) => BigInt(order.outboxId) <= BigInt(next.upTo));
    const changed = taken.length > 0 || next.mark.gaps.length !== mark.gaps.length;
    if (changed) await this.#store.load(taken, next.mark);
    if (taken.length > 0) {
      const oldest = Math.min(...taken.map((order) => Date.parse(order.acceptedAt)));
      this.state.latenessMs = Math.max(0, Date.now() - oldest);
    }
    const more = look.orders.length === BATCH || taken.length < look.orders.length;
    if (!more) this.state.caughtUpAt = began;
    return more;
  }

  /** The orders of before the outbox: once, when nothing fresher waits. */
  async #history(): Promise<void> {
    if (await this.#store.hasHistory()) return;
    await this.#store.loadHistory(await this.#source.history());
  }
}
