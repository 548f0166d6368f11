import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { beforeAll, describe, expect, test } from "vitest";
import type { RunningLoad } from "#core/load.ts";
import type { LoadShape } from "#core/scenario.ts";
import type { Tool } from "#core/toolbox.ts";
import { equip } from "#harness/tools/index.ts";
import { k6Driver } from "./driver.ts";
import { type Behaviour, openEdge } from "./testing/edge.ts";
import { makeRig, type Rig, smallShape } from "./testing/rig.ts";

const WORDS = ["lamp", "chair", "kettle"];
let k6: Tool;

beforeAll(async () => {
  const tools = await equip({ progress: () => undefined, signal: AbortSignal.timeout(110_000) });
  k6 = tools.k6;
});

/** Lets a load run to its end, or to what `meanwhile` makes of it. */
async function drive(
  rig: Rig,
  shape: LoadShape,
  port: number,
  meanwhile: (running: RunningLoad) => Promise<void> = async () => undefined,
  generator = k6,
): Promise<void> {
  const target = { edge: { host: "127.0.0.1", port }, regions: ["eu", "us"] } as const;
  await using load = await k6Driver(generator, WORDS).prepare(shape, target, rig.ctx);
  const { running } = await load.begin();
  await using _running = running;
  await meanwhile(running);
  await running.ended;
}

function lastWord(rig: Rig) {
  const [ended, ...more] = rig.of("load.ended");
  if (ended === undefined || more.length > 0) throw new Error("a load ends once");
  return ended;
}

describe("a load against a shop that answers", () => {
  test("sends every planned request on time, with everything that makes it known", async () => {
    await using rig = await makeRig("answering");
    await using edge = await openEdge(() => "answer");
    await drive(rig, smallShape(30, 4_000, 20), edge.port);

    const ended = lastWord(rig);
    expect(ended).toMatchObject({ exitCode: 0, complete: true, accounted: ended.planned });
    expect(Object.keys(rig.outcomes()).sort()).toEqual(["invalid", "ok"]);
    // Everything that arrived has an id of its own and belongs to a region.
    expect(new Set(edge.arrivals.map((arrival) => arrival.id)).size).toBe(edge.arrivals.length);
    for (const { session, geo } of edge.arrivals) expect(session.startsWith(`${geo}-`)).toBe(true);
    // Eighty buyers: an intent before each, and the shop's own words after it.
    const results = rig.of("write.result");
    expect(results.length).toBe(rig.of("write.intent").length);
    expect(new Set(results.map((result) => result.key)).size).toBe(80);
    for (const result of results) expect(result).toMatchObject({ result: "ok", totalCents: 995 });
    // Who looks at an order asks for the one that was told, and what the page says is noted.
    const told = new Set(results.map((result) => result.orderId));
    const looks = rig.of("order.look");
    expect(looks.length).toBeGreaterThan(5);
    for (const { orderId, status, shown } of looks) {
      expect([told.has(orderId), status, shown]).toEqual([true, 200, "paid"]);
    }
    expect(edge.arrivals.filter(({ path }) => path.startsWith("/orders/")).length).toBe(looks.length);
    // The coupon of the plan is in the body that was sent, and in what was announced.
    const sent = edge.arrivals.filter(({ body }) => body.includes('"coupon":"EARLYBIRD"'));
    expect(sent.length).toBeGreaterThan(0);
    const announced = rig.of("write.intent").filter((intent) => intent.coupon === "EARLYBIRD");
    expect(new Set(announced.map(({ key }) => key))).toEqual(new Set(sent.map(({ key }) => key)));
    for (const { body } of sent) expect(JSON.parse(body)).not.toHaveProperty("lines", []);
    // Some keys came back with another body, under the next number of their purchase, and were refused.
    const clashes = rig.of("write.clash");
    expect(clashes.length).toBeGreaterThan(0);
    expect(clashes.length).toBe(ended.clashes);
    expect(rig.outcomes().invalid).toBe(clashes.length);
    for (const { key, attempt, status, isRefused } of clashes) {
      const sentUnder = edge.arrivals.filter((arrival) => arrival.key === key);
      expect([sentUnder.length, attempt, status, isRefused]).toEqual([2, 2, 422, true]);
      const [first, other] = sentUnder.map(({ body }) => JSON.parse(body));
      expect(other).not.toEqual(first);
      expect({ ...other, lines: [] }).toEqual({ ...first, lines: [] });
    }
    expect(
      new Set(
        rig
          .of("load.batch")
          .filter(({ outcomes }) => outcomes.invalid)
          .map(({ lane }) => lane),
      ),
    ).toEqual(new Set(["clashes"]));
    // The generator's own figures add up to the plan.
    const health = rig.of("load.health");
    expect(health.map((second) => second.second)).toEqual([0, 1, 2, 3]);
    expect(health.reduce((sum, second) => sum + second.planned, 0)).toBe(ended.planned);
    expect(health.reduce((sum, second) => sum + second.sent, 0)).toBe(ended.planned);
    expect(health.every((second) => second.usersPlanned === 30)).toBe(true);
    expect(health[1]?.usersPresent).toBe(30);
    expect(rig.journal).toMatchObject([{ verb: "process", name: "k6", identity: { pid: expect.any(Number) } }]);
    // What is left of it in the run's folder: the records, packed.
    expect(await readdir(join(rig.ctx.folder, "load"))).toEqual(["k6.log", "records.tsv.gz", "settings.json"]);
    // Both comparisons of the clocks agree to the millisecond.
    const offsets = rig.of("sample").map((sample) => sample.values.clock_offset_ms ?? Number.NaN);
    expect(offsets.length).toBe(2);
    expect(Math.abs((offsets[1] ?? 0) - (offsets[0] ?? 0))).toBeLessThan(5);
  });
});

// They mostly wait for patience to end, so they may do that side by side.
describe.concurrent("a load against a shop that fails", () => {
  const BEHAVIOURS: readonly Behaviour[] = [
    "answer",
    "nonsense",
    "sold-out",
    "not-executed",
    "doubtful",
    "fail",
    "hang",
    "break",
  ];
  const behaviourFor = (key: string): Behaviour =>
    BEHAVIOURS[Number(key.split("-").at(-1)) % BEHAVIOURS.length] ?? "answer";

  test("tells every way of failing apart and accounts for every planned request", async () => {
    await using rig = await makeRig("failing");
    // Buyers meet each behaviour in turn; their number is the end of the key.
    await using edge = await openEdge(({ key }) => behaviourFor(key));
    await drive(rig, smallShape(1, 900, 30), edge.port);

    const ended = lastWord(rig);
    expect(ended).toMatchObject({ exitCode: 0, complete: true, accounted: ended.planned });
    const outcomes = rig.outcomes();
    for (const name of ["ok", "sold-out", "unavailable", "error", "timeout", "broken-off"] as const) {
      expect(outcomes[name], name).toBeGreaterThanOrEqual(3);
    }
    const resultsOf = (behaviour: Behaviour): readonly string[] => [
      ...new Set(
        rig
          .of("write.result")
          .filter(({ key }) => behaviourFor(key) === behaviour)
          .map(({ result }) => result),
      ),
    ];
    expect(Object.fromEntries(BEHAVIOURS.map((behaviour) => [behaviour, resultsOf(behaviour)]))).toEqual({
      answer: ["ok"],
      nonsense: ["info"],
      "sold-out": ["fail"],
      "not-executed": ["fail"],
      doubtful: ["info"],
      fail: ["info"],
      hang: ["info"],
      break: ["info"],
    });
    const gaveUp = rig.of("load.attempt").find((attempt) => attempt.outcome === "timeout");
    expect(gaveUp?.durationMs).toBeGreaterThanOrEqual(7_990);
    expect(gaveUp?.durationMs).toBeLessThan(9_000);
  });

  test("retries within the budget, with the same key, and failed attempts never look fast", async () => {
    await using rig = await makeRig("retrying");
    await using edge = await openEdge(() => "fail");
    await drive(rig, smallShape(200, 3_000, 0), edge.port);

    const sent = edge.arrivals.length;
    const retries = edge.arrivals.filter(({ id }) => id.endsWith(".2")).length;
    expect(retries).toBeGreaterThan(0);
    expect(retries / (sent - retries)).toBeLessThan(0.2);
    expect(lastWord(rig).complete).toBe(true);
    for (const batch of rig.of("load.batch")) {
      expect(Math.min(...Object.keys(batch.latency).map(Number))).toBeGreaterThan(256);
    }
  });

  test("counts what a waiting user could not ask for as lost", async () => {
    await using rig = await makeRig("waiting");
    await using edge = await openEdge(({ id }) => (id.endsWith(".1") ? "hang" : "answer"));
    await drive(rig, smallShape(60, 3_500, 0), edge.port);

    const ended = lastWord(rig);
    expect(ended.accounted).toBe(ended.planned);
    expect(rig.outcomes().lost).toBeGreaterThan(0);
    expect(rig.outcomes().timeout).toBeGreaterThan(0);
  });

  test("refused connections are failures that surely did nothing", async () => {
    await using rig = await makeRig("refused");
    const edge = await openEdge(() => "answer");
    await edge[Symbol.asyncDispose]();
    await drive(rig, smallShape(10, 1_500, 10), edge.port);

    expect(Object.keys(rig.outcomes())).toEqual(["refused"]);
    const results = rig.of("write.result");
    expect(new Set(results.map(({ key }) => key)).size).toBe(15);
    expect([...new Set(results.map(({ result }) => result))]).toEqual(["fail"]);
    expect(lastWord(rig).complete).toBe(true);
  });
});

describe("a generator that ends early", () => {
  test("is incomplete when it is killed, and what it did not send is counted", async () => {
    await using rig = await makeRig("killed");
    await using edge = await openEdge(() => "answer");
    await drive(rig, smallShape(20, 8_000, 20), edge.port, async () => {
      await pause(3_000);
      const [entry] = rig.journal;
      if (entry?.verb !== "process") throw new Error("k6 is in the journal");
      process.kill(entry.identity.pid, "SIGKILL");
    });

    const ended = lastWord(rig);
    expect(ended).toMatchObject({ exitCode: 137, complete: false });
    expect(ended.accounted).toBeLessThan(ended.planned);
    expect(rig.outcomes().unsent).toBe(ended.planned - ended.accounted);
    expect(rig.of("load.health").length).toBe(8);
  });

  test("is incomplete when it sent everything, and then said what nobody understands", async () => {
    await using rig = await makeRig("strange");
    await using edge = await openEdge(() => "answer");
    const program = join(rig.ctx.folder, "k6-and-99.sh");
    // What k6 says of thresholds that were crossed: ours has none.
    await writeFile(program, `#!/bin/sh\n"${k6.path}" "$@"\nexit 99\n`, { mode: 0o755 });
    await drive(rig, smallShape(5, 1_500, 5), edge.port, undefined, { ...k6, path: program });

    const ended = lastWord(rig);
    expect(ended).toMatchObject({ exitCode: 99, complete: false, accounted: ended.planned });
  });

  test("goes when it is asked to", async () => {
    await using rig = await makeRig("stopped");
    await using edge = await openEdge(() => "hang");
    const began = Date.now();
    await drive(rig, smallShape(20, 20_000, 20), edge.port, async (running) => {
      await pause(2_000);
      await running.stop();
    });
    expect(Date.now() - began).toBeLessThan(15_000);
    expect(lastWord(rig).complete).toBe(false);
    expect(rig.outcomes().unsent).toBeGreaterThan(0);
  });

  test("is a failure of the environment when it never gets ready", async () => {
    await using rig = await makeRig("missing");
    const target = { edge: { host: "127.0.0.1", port: 1 }, regions: ["eu"] } as const;
    const broken = { ...k6, env: { K6_CONSOLE_OUTPUT: "" }, path: process.execPath };
    await expect(k6Driver(broken, WORDS).prepare(smallShape(1, 1_000, 0), target, rig.ctx)).rejects.toThrow(
      /ended with code \d+ before the load/,
    );
  });
});
