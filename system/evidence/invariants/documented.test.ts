import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { invariantCheckers } from "./index.ts";

test("a reader of verdicts finds every invariant in the table of what is judged", async () => {
  const page = await readFile(join(import.meta.dirname, "../../../docs/invariants.md"), "utf8");
  expect(invariantCheckers.length).toBeGreaterThan(0);
  for (const { name } of invariantCheckers) expect(page, name).toContain(`\`${name}\``);
});
