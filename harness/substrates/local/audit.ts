import { stat } from "node:fs/promises";
import { isFree } from "./port-block.ts";
import { family } from "./processes.ts";

/** What a run that is over must not have left: processes, control groups, folders, listeners. */
export async function leftovers(run: {
  readonly runId: string;
  readonly cgroups: readonly string[];
  readonly folders: readonly string[];
  readonly ports: readonly number[];
}): Promise<readonly string[]> {
  const processes = family({ roots: [], cgroups: run.cgroups, runId: run.runId }).map(({ pid }) => `process ${pid}`);
  const paths = await Promise.all(
    [...run.cgroups, ...run.folders].map(
      async (path) =>
        await stat(path).then(
          () => [path],
          () => [],
        ),
    ),
  );
  const ports = await Promise.all(run.ports.map(async (port) => ((await isFree(port)) ? [] : [`port ${port}`])));
  return [...processes, ...paths.flat(), ...ports.flat()];
}
