import { stat } from "node:fs/promises";
import { family } from "#harness/ownership/index.ts";

/**
 * What a run that is over must not have left: processes, control groups, folders. Listeners end with their processes;
 * one that is there all the same belongs to somebody who took the port, which is not ours to complain about.
 */
export async function leftovers(run: {
  readonly runId: string;
  readonly cgroups: readonly string[];
  readonly folders: readonly string[];
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
  return [...processes, ...paths.flat()];
}
