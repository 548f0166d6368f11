export { compareFolders } from "./compare-folders.ts";
export { sweepDrafts } from "./drafts.ts";
export { packHistory, readStored, unpackHistory } from "./history-file.ts";
export { packLogs } from "./pack-logs.ts";
export { readResult } from "./read.ts";
export { writeResult } from "./write.ts";
