export { compareFolders } from "./compare-folders.ts";
export { readResult } from "./read.ts";
export { writeResult } from "./write.ts";
