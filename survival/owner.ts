import { join } from "node:path";
import { z } from "zod";
import { type SeenProcess, textOf } from "./audit/processes.ts";

/** A process as a run's journal names it. */
const ownerSchema = z.object({ pid: z.number(), startTicks: z.number() });
export type Owner = z.infer<typeof ownerSchema>;

/** The harness of a run by the first entry of its journal; undefined before the journal and behind its removal. */
export function ownerOf(stateFolder: string, runId: string): Owner | undefined {
  const named = /"harness":(\{[^{}]*\})/.exec(textOf(join(stateFolder, "runs", runId, "journal")))?.[1];
  return named === undefined ? undefined : ownerSchema.parse(JSON.parse(named));
}

export function isOwner({ pid, startTicks }: SeenProcess, owner: Owner): boolean {
  return pid === owner.pid && startTicks === owner.startTicks;
}
