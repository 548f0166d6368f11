import { expect, test } from "vitest";
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

test("the oracle sees a stack trace, a missing place, control characters and a file that came", async () => {
  const { outcome, faults } = await attempt({
    what: "a scenario that is good",
    words: ["check", "black-friday"],
    files: [],
    environment: {},
    places: [],
  });
  expect({ outcome, faults }).toEqual({ outcome: "good", faults: [] });
  const nowhere = await attempt({
    what: "a word that is named, where another place was expected",
    words: ["nothing-of-this-name"],
    files: [],
    environment: {},
    places: ["somewhere else"],
  });
  expect(nowhere.outcome).toBe("failed");
  expect(nowhere.faults.join()).toContain("no place named");
});
