import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { renderCompare } from "./compare.ts";
import { renderComparePage } from "./html/compare-page.ts";
import { readResult } from "./read.ts";

/** Compares two result folders: the table as text, and `compare.html` in the second folder. */
export async function compareFolders(a: string, b: string): Promise<{ readonly text: string; readonly page: string }> {
  const [first, second] = await Promise.all([readResult(a), readResult(b)]);
  const page = join(b, "compare.html");
  await writeFile(page, renderComparePage(first, second));
  return { text: renderCompare(first, second), page };
}
