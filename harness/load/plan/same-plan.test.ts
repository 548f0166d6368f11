import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import blackFriday from "#scenarios/black-friday.ts";

const run = promisify(execFile);

/** Everything that the default scenario will ask of the shop, step by step, as a digest. */
const DIGEST = `
  import { createHash } from "node:crypto";
  const { loadPlan } = await import("${new URL("./plan.ts", import.meta.url)}");
  const { encodeTimetable } = await import("${new URL("./step.ts", import.meta.url)}");
  const { shape, seed } = JSON.parse(process.argv[1]);
  const words = Array.from({ length: 5_000 }, (_, i) => "word" + i);
  const plan = loadPlan({ shape, seed, regions: ["eu", "us"], words });
  const digest = createHash("sha256");
  for (let i = 0; i < plan.users; i += 1) digest.update(encodeTimetable(plan.user(i)));
  for (let i = 0; i < plan.places; i += 1) digest.update(encodeTimetable(plan.place(i)));
  process.stdout.write(digest.digest("hex"));
`;

async function digestOf(seed: string, hashSeed: number, env: Readonly<Record<string, string>>): Promise<string> {
  const given = JSON.stringify({ shape: blackFriday.load, seed });
  const { stdout } = await run(
    process.execPath,
    [`--hash-seed=${hashSeed}`, "--input-type=module", "-e", DIGEST, given],
    { env: { PATH: process.env.PATH, ...env } },
  );
  return stdout;
}

test("seed and scenario give one plan, to the byte, in whatever process, zone and language", async () => {
  const [here, there, other] = await Promise.all([
    digestOf("a", 1, { TZ: "UTC", LANG: "C" }),
    digestOf("a", 2, { TZ: "Pacific/Auckland", LANG: "tr_TR.UTF-8" }),
    digestOf("b", 1, { TZ: "UTC", LANG: "C" }),
  ]);
  expect(here).toMatch(/^[0-9a-f]{64}$/);
  expect(there).toBe(here);
  expect(other).not.toBe(here);
});
