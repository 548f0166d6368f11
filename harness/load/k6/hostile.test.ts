import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { equip } from "#harness/tools/index.ts";
import { k6Driver } from "./driver.ts";
import { ANSWERS, answerFor, openHostileEdge } from "./testing/hostile-edge.ts";
import { makeRig, smallShape } from "./testing/rig.ts";

/** Enough buyers that each meets every answer twice. */
const SHAPE = smallShape(1, 1_200, 30);

test("answers that no shop should give acknowledge nothing, break no record, and lead nowhere else", async () => {
  const { k6 } = await equip({ progress: () => undefined, signal: AbortSignal.timeout(110_000) });
  let visits = 0;
  const elsewhere = createServer((socket) => {
    visits += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
  const address = elsewhere.address();
  await using rig = await makeRig("hostile");
  await using edge = await openHostileEdge(typeof address === "object" && address !== null ? address.port : 0);
  const target = { edge: { host: "127.0.0.1", port: edge.port }, regions: ["eu", "us"] } as const;
  const before = process.memoryUsage().rss;
  {
    await using load = await k6Driver(k6, ["lamp"]).prepare(SHAPE, target, rig.ctx);
    const { running } = await load.begin();
    await using _running = running;
    await running.ended;
  }
  await new Promise((resolve) => elsewhere.close(resolve));

  // Every record that the generator wrote was understood, and none was forged by an answer.
  expect(rig.of("load.ended")).toMatchObject([{ exitCode: 0, complete: true }]);
  const results = Map.groupBy(rig.of("write.result"), ({ key }) => answerFor(key));
  expect([...results.keys()].toSorted()).toEqual([...ANSWERS].toSorted());
  for (const [answer, of] of results) {
    const said = new Set(of.map(({ result }) => result));
    if (answer === "good") expect([...said], answer).toEqual(["ok"]);
    else expect(said.has("ok"), answer).toBe(false);
  }
  expect(visits).toBe(0);
  // Bounded: a line of the records, a text of the history, the memory of the one who reads them.
  const records = gunzipSync(await readFile(join(rig.ctx.folder, "load", "records.tsv.gz"))).toString("utf8");
  expect(Math.max(...records.split("\n").map((line) => line.length))).toBeLessThan(20_000);
  for (const { error = "" } of rig.of("load.attempt")) expect(error.length).toBeLessThan(600);
  expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000);
}, 60_000);
