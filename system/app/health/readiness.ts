import { setTimeout as sleep } from "node:timers/promises";

export type Phase = "starting" | "ready" | "draining";

/** What must answer before the first request is taken. */
export interface Dependency {
  readonly name: string;
  /** Resolves when it can be used. */
  readonly reach: () => Promise<void>;
}

/** Time between looks while dependencies start beside this process: short against the seconds that they take. */
const EVERY_MS = 100;
/** Once requests are served, what is still missing can be looked for less often. */
const SELDOM_MS = 1_000;
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

  /**
   * Resolves when all answered and `preload` succeeded; after some seconds the preload alone is enough, and what is
   * missing is looked for behind the requests' backs.
   */
  async await(dependencies: readonly Dependency[], preload: () => Promise<unknown>): Promise<void> {
    const began = performance.now();
    let waiting = dependencies;
    while (this.#phase === "starting") {
      waiting = await this.#look(waiting);
      const enough = waiting.length === 0 || performance.now() - began > PATIENCE_MS;
      if (enough && (await succeeds(preload))) {
        this.#become("ready");
        void this.#lookForTheRest(waiting);
        return;
      }
      await sleep(EVERY_MS);
    }
  }

  async #lookForTheRest(missing: readonly Dependency[]): Promise<void> {
    let waiting = missing;
    while (waiting.length > 0 && this.#phase === "ready") {
      waiting = await this.#look(waiting);
      await sleep(SELDOM_MS, undefined, { ref: false });
    }
  }

  async #look(waiting: readonly Dependency[]): Promise<readonly Dependency[]> {
    const looks = await Promise.allSettled(waiting.map((dependency) => dependency.reach()));
    const left = waiting.filter((_, i) => looks[i]?.status === "rejected");
    this.#missing = left.map((dependency) => dependency.name);
    return left;
  }

  /** From `starting` only: a drain that began meanwhile goes on. */
  #become(phase: Phase): void {
    if (this.#phase === "starting") this.#phase = phase;
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
