/**
 * Who starts a process and who undoes it must tell its identity in the same way, so both use one set of files; they lie
 * with the guardian, which has to work without anything else. This is the only place where the room looks across.
 */
export {
  allProcesses,
  cgroupMembers,
  endProcesses,
  family,
  holdLock,
  identityFrom,
  type ProcessStat,
  removeCgroups,
  runFolder,
  signalFamily,
  signalProcess,
  statOf,
  // biome-ignore lint/style/noRestrictedImports: the one exception, for the reason above.
} from "#harness/guardian/index.ts";
