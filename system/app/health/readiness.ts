import { setTimeout as sleep } from "node:timers/promises";

export type Phase = "starting" | "ready" | "draining";

/** What must answer before the first request is taken. */
export interface Dependency {
  readonly name: string;
  /** Without it nothing can be sold: it is waited for as long as it takes, unless pages can be served without. */
  readonly reach: () => Promise<void>;
}

/** Time between looks while dependencies start beside this process: short against the seconds that they take. */
const EVERY_MS = 100;
/** A replica that restarts while a part is down must not wait for it: pages and orders have their fall-backs. */
const PATIENCE_MS = 5_000;

/**
 * Whether this process takes requests. It is ready once its dependencies answered and the first page is there, and stays
 * so until it drains: a database that goes away later is no reason to take out every replica at once.
 */
export class Readiness {
  #phase: Phase = "starting";
  #missing: readonly string[] = [];

  get phase(): Phase {
    return this.#phase;
  }

  /** What is still waited for. */
  get missing(): readonly string[] {
    return this.#missing;
  }

  /** Waits until all answer and `preload` succeeds; after some seconds the preload alone is enough. */
  async await(dependencies: readonly Dependency[], preload: () => Promise<unknown>): Promise<void> {
    const began = performance.now();
    let waiting = dependencies;
    while (this.#phase === "starting") {
      const looks = await Promise.allSettled(waiting.map((dependency) => dependency.reach()));
      waiting = waiting.filter((_, i) => looks[i]?.status === "rejected");
      this.#missing = waiting.map((dependency) => dependency.name);
      const enough = waiting.length === 0 || performance.now() - began > PATIENCE_MS;
      if (enough && (await succeeds(preload))) {
        if (this.#phase === "starting") this.#phase = "ready";
        return;
      }
      await sleep(EVERY_MS);
    }
  }

  drain(): void {
    this.#phase = "draining";
  }
}

async function succeeds(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch {
    return false;
  }
}
