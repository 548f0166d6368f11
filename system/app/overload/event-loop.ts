import { monitorEventLoopDelay } from "node:perf_hooks";

/** How often the process looks whether it is late: a fifth of what a page may take. */
const EVERY_MS = 40;
/** Figures for the balancer and the metrics are of about the last second. */
const SUMMARY_MS = 1_000;

/** How late the event loop runs: everything that is taken in waits that long before anything is done for it. */
export class EventLoop implements Disposable {
  readonly #delays = monitorEventLoopDelay({ resolution: 20 });
  readonly #tick: NodeJS.Timeout;
  readonly #summary: NodeJS.Timeout;
  #expectedAt: number;
  #lateMs = 0;
  #p99Ms = 0;

  constructor() {
    this.#delays.enable();
    this.#expectedAt = performance.now() + EVERY_MS;
    this.#tick = setInterval(() => {
      const now = performance.now();
      // Half of the old figure stays: one long task is no overload, three in a row are.
      this.#lateMs = (this.#lateMs + Math.max(0, now - this.#expectedAt)) / 2;
      this.#expectedAt = now + EVERY_MS;
    }, EVERY_MS);
    this.#summary = setInterval(() => {
      // The library measures whole periods, its own resolution of 20 ms included.
      this.#p99Ms = Math.max(0, this.#delays.percentile(99) / 1e6 - 20);
      this.#delays.reset();
    }, SUMMARY_MS);
    this.#tick.unref();
    this.#summary.unref();
  }

  /** Milliseconds, as of the last few looks. */
  get lateMs(): number {
    return this.#lateMs;
  }

  get p99Ms(): number {
    return this.#p99Ms;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#tick);
    clearInterval(this.#summary);
    this.#delays.disable();
  }
}
