import { renderCompare } from "./compare.ts";
import { renderComparePage } from "./html/compare-page.ts";
import { readResult } from "./read.ts";

/** Compares two result folders: a table for the terminal, and a page with both side by side. Writes nothing. */
export async function compareFolders(a: string, b: string): Promise<{ readonly text: string; readonly page: string }> {
  const [first, second] = await Promise.all([readResult(a), readResult(b)]);
  return { text: renderCompare(first, second), page: renderComparePage(first, second) };
}
