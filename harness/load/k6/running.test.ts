import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { LoadPlan } from "../plan/plan.ts";
import { Tally } from "../plan/tally.ts";
import { openGate } from "./gate.ts";
import { startGenerator } from "./process.ts";
import { runLoad } from "./running.ts";
import { makeRig } from "./testing/rig.ts";

/** Nobody comes, so that nothing but the clocks can be wanting. */
const nobody: LoadPlan = {
  lengthMs: 1_000,
  users: 0,
  places: 0,
  user: () => ({ lane: "shoppers", arriveMs: 0, leaveMs: 0, steps: [] }),
  place: () => ({ lane: "buyers", arriveMs: 0, leaveMs: 0, steps: [] }),
};

/** The last word of a load whose generator compared the clocks at its end with this result, or not at all. */
async function lastWord(comparedMs: number | undefined) {
  await using rig = await makeRig("clocks");
  await using gate = await openGate(rig.ctx.clock);
  const records = join(rig.ctx.folder, "records.tsv");
  await writeFile(records, "");
  const program = { path: process.execPath, env: {}, version: process.version, source: "path" } as const;
  const generator = await startGenerator(program, ["-e", ""], {});
  if (comparedMs !== undefined) await fetch(`${gate.address}/done?offset=${comparedMs}&roundTrip=1`);
  const running = await runLoad({
    plan: nobody,
    tally: new Tally(nobody.lengthMs),
    gate,
    generator,
    records,
    zeroMs: rig.ctx.clock.now(),
    offset: { offsetMs: 0, roundTripMs: 1 },
    ctx: rig.ctx,
  });
  await running.ended;
  return rig.of("load.ended")[0];
}

test("two comparisons of the clocks that agree leave the last word whole", async () => {
  expect(await lastWord(0.5)).toMatchObject({ exitCode: 0, complete: true });
});

test("a clock that moved, and one that nobody compared again, are troubles of the last word", async () => {
  expect(await lastWord(300_000)).toMatchObject({ complete: false, detail: expect.stringContaining("moved by") });
  expect(await lastWord(undefined)).toMatchObject({
    complete: false,
    detail: expect.stringContaining("not compared a second time"),
  });
});
