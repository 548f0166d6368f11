import { join } from "node:path";

/** Where all runs of this user keep theirs. */
export function runsFolder(stateFolder: string): string {
  return join(stateFolder, "runs");
}

/** Where a run keeps its journal and the folders of its nodes. */
export function runFolder(stateFolder: string, runId: string): string {
  return join(runsFolder(stateFolder), runId);
}
