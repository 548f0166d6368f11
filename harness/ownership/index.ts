/**
 * What belongs to a run, and how it is told from everything else on the machine. Who starts a process and who undoes it
 * must name it in the same way, so this is one room that adapters may look into. It works without any library, because
 * the guardian must be able to undo a run when nothing else of the project works any more.
 */
export { cgroupMembers, removeCgroups } from "./control-groups.ts";
export { endProcesses } from "./end-processes.ts";
export { family, groupsOf, signalFamily } from "./family.ts";
export {
  allProcesses,
  hasEnded,
  identityFrom,
  identityOf,
  isRunning,
  type ProcessStat,
  parseIdentity,
  signalProcess,
  statOf,
  ticksAt,
} from "./identity.ts";
export { holdLock, isHeld, LockHeldError } from "./lock.ts";
export { runFolder, runsFolder } from "./run-folder.ts";
export { distrustOf, requireTrusted } from "./trust.ts";
