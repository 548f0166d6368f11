import { expect, test } from "vitest";
import { missedByTheOracle } from "./canary.ts";
import { openListener } from "./decoys.ts";
import { generate } from "./generate.ts";
import { attempt } from "./trial.ts";

/** A sample; `npm run bad-inputs` gives a thousand. Two at once, as the machine of the tests has two processors. */
const SAMPLE = 40;

test("bad inputs are refused in sentences that name the place, with nothing started and nothing left", async () => {
  const inputs = await generate(SAMPLE, 7);
  const failed: string[] = [];
  let refused = 0;
  const queue = inputs.values();
  const work = async (): Promise<void> => {
    for (const input of queue) {
      const { outcome, faults, said } = await attempt(input);
      if (outcome === "refused") refused += 1;
      // Beside other tests the processor's time says little; the whole thousand is measured by itself.
      const lasting = faults.filter((fault) => !fault.endsWith("ms of CPU"));
      if (lasting.length > 0) failed.push(`${input.what}: ${lasting.join("; ")}: ${said.slice(0, 300)}`);
    }
  };
  await Promise.all([work(), work()]);
  expect(failed).toEqual([]);
  expect(refused).toBeGreaterThan(SAMPLE / 2);
}, 180_000);

test("the same seed makes the same inputs", async () => {
  const names = async (seed: number): Promise<readonly string[]> => (await generate(50, seed)).map(({ what }) => what);
  expect(await names(3)).toEqual(await names(3));
  expect(await names(3)).not.toEqual(await names(4));
});

const GOOD = { what: "good", words: ["check", "black-friday"], files: [], environment: {}, places: [] } as const;

test("the oracle knows what is valid by how it was made: what is taken and should not be is a miss, and the other way round", async () => {
  expect(await attempt({ ...GOOD, expected: "taken" })).toMatchObject({ outcome: "taken", faults: [] });
  const wrong = await attempt({ ...GOOD, expected: "refused" });
  expect(wrong).toMatchObject({ outcome: "failed", faults: ["it was taken, and is invalid by how it was made"] });
  const nowhere = await attempt({
    ...GOOD,
    words: ["nothing-of-this-name"],
    places: ["somewhere else"],
    expected: "taken",
  });
  expect(nowhere.outcome).toBe("failed");
  expect(nowhere.faults.join()).toMatch(/valid by how it was made/);
  expect(nowhere.faults.join()).toMatch(/no place named/);
});

test("the oracle sees a file that came, a program that was left and a visit to the decoys", async () => {
  await using listener = await openListener();
  expect(await missedByTheOracle(listener)).toEqual([]);
});
