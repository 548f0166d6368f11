import { expect, test } from "vitest";
import { randomStream } from "#core/random.ts";
import { BLOWS } from "./blows.ts";
import { openGrounds } from "./grounds.ts";
import { undergo } from "./ordeal.ts";

/** Some 8 s: npm, the harness and a third of the parts start, and end again. The other blows are dealt by `npm run survival`. */
test("SIGTERM to npm while the shop starts ends everything, and the result says so", { timeout: 120_000 }, async () => {
  const blow = BLOWS.find(({ name }) => name === "sigterm-start");
  if (blow === undefined) throw new Error("the blow has another name now");
  const seed = `test-${process.pid}`;
  const outcome = await undergo(blow, { seed, number: 0, random: randomStream(seed, "moment") }, openGrounds());
  expect(outcome.problems).toEqual([]);
  expect(outcome.goneAfter).toBeLessThan(10);
});
