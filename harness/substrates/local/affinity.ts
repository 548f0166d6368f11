import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import type { Role } from "#core/topology.ts";
import type { MachineSizes } from "./machine-sizes.ts";

const execute = promisify(execFile);

/** Whoever could keep every core busy with a single bad query. */
const DATABASES: readonly Role[] = ["primary", "replica", "reports"];

/**
 * Without control groups: all databases share one core, so that they never hold the one that the load generator needs.
 * Coarser than a quota, and no second machine, but it keeps a saturated database from starving the measurement.
 */
export async function openAffinity(): Promise<MachineSizes> {
  const cores = allowedCores(readFileSync("/proc/self/status", "latin1"));
  const core = cores.at(-1);
  if (core === undefined || cores.length < 2) throw new Error("one core cannot be shared out");
  await execute("taskset", ["-p", String(process.pid)]);
  return {
    kind: "affinity",
    detail: `the databases share core ${core} of ${cores.length}; other sizes are not enforced`,
    admit: () => undefined,
    async limit(node, pids) {
      if (!DATABASES.includes(node.role)) return;
      // A process that ends while this is done is no failure: its node's supervisor deals with it.
      const bind = (pid: number) => execute("taskset", ["-a", "-c", "-p", String(core), String(pid)]);
      await Promise.allSettled(pids.map(bind));
    },
    // Cores are inherited, and what starts anew starts from the harness, which may use all of them.
    cgroups: () => [],
    cpuSeconds: () => undefined,
    async [Symbol.asyncDispose]() {},
  };
}

/** The cores of `Cpus_allowed_list`, such as `0-3,6`. */
export function allowedCores(status: string): readonly number[] {
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1] ?? "";
  return list
    .split(",")
    .filter(Boolean)
    .flatMap((range) => {
      const [from = 0, to = from] = range.split("-").map(Number);
      return Array.from({ length: to - from + 1 }, (_, i) => from + i);
    });
}
