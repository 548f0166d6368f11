export { renderCompare } from "./compare.ts";
export { compareFolders } from "./compare-folders.ts";
export { renderComparePage } from "./html/compare-page.ts";
export { readResult } from "./read.ts";
export { resultJsonSchema, resultSchema } from "./schema.ts";
export { renderers, type Written, writeResult } from "./write.ts";
