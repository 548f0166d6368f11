import { describe, expect, test } from "vitest";
import { blackhole, latency, link, refuse } from "#chaos/faults/index.ts";
import type { JournalEntry } from "#core/journal.ts";
import type { Stage } from "#core/substrate.ts";
import { equip } from "#harness/tools/index.ts";
import { injectorConformance } from "../conformance.ts";
import { testContext } from "../testing/context.ts";
import { raiseSmallShop } from "../testing/small-shop.ts";
import { toxiproxyInjector } from "./index.ts";
import { ProxyControl } from "./proxy-control.ts";

const toolbox = await equip({ progress: () => undefined, signal: AbortSignal.timeout(110_000) });
const toCache = link("app", "cache", { region: "eu" });
const late = latency(toCache, { added: "400ms" });

/** No toxic of a fault is left, every base condition is in place, and no link is shut but that to the spare place. */
async function isClean(stage: Stage): Promise<boolean> {
  const proxies = await new ProxyControl(stage.proxyApi).proxies();
  return proxies.every(
    (proxy) =>
      proxy.toxics.every((toxic) => toxic.name.startsWith("base-")) &&
      proxy.toxics.length === 2 &&
      (proxy.enabled || proxy.name.endsWith("app-eu-2")),
  );
}

injectorConformance({
  injector: toxiproxyInjector,
  faults: [late, blackhole(toCache), refuse(toCache)],
  missing: refuse(link("app", "warehouse")),
  context: testContext,
  raise: () => raiseSmallShop(toolbox),
  raiseDeaf: () => raiseSmallShop(toolbox, "deaf"),
  raiseMute: () => raiseSmallShop(toolbox, "mute"),
  sicken: (stage) => stage.kill("cache-eu"),
  isClean,
});

const entry = (fault: typeof late) =>
  ({ id: "f", phase: "peak", afterMs: 0, forMs: 1_000, fault, reason: "to see it work" }) as const;

describe("toxiproxy: doses", () => {
  test("two seconds asked are two seconds measured, on new and on held connections, base conditions apart", async () => {
    await using stage = await raiseSmallShop(toolbox);
    const fault = latency(toCache, { added: "2s" });
    const active = await toxiproxyInjector.inject(
      entry(fault),
      stage,
      testContext(async () => undefined),
    );
    expect(active.proof).toMatchObject({ proven: true, asked: "+2s a round trip" });
    const [before] = active.proof.before;
    const [after] = active.proof.after;
    for (const side of ["fresh", "held"] as const) {
      const added = (after?.[side]?.ms ?? 0) - (before?.[side]?.ms ?? 0);
      expect(added).toBeGreaterThanOrEqual(1_990);
      expect(added).toBeLessThan(2_300);
      // The base round trip of 6 ms belongs to the path, not to the fault.
      expect(before?.[side]?.ms).toBeGreaterThanOrEqual(6);
    }
    expect((await active.heal()).proven).toBe(true);
  });

  test("a tenth of a second is told from noise, and not healed while it is still there", async () => {
    await using stage = await raiseSmallShop(toolbox);
    const fault = latency(toCache, { added: "100ms" });
    const journal: JournalEntry[] = [];
    const active = await toxiproxyInjector.inject(
      entry(fault),
      stage,
      testContext(async (written) => {
        journal.push(written);
      }),
    );
    expect(active.proof, active.proof.measured).toMatchObject({ proven: true, asked: "+100ms a round trip" });
    expect((await active.observe()).proven).toBe(true);
    // The same delay under a name that the fault does not know: what it takes back is not what makes the path late.
    const control = new ProxyControl(stage.proxyApi);
    const foreign = {
      name: "foreign",
      type: "latency",
      stream: "upstream",
      attributes: { latency: 100, jitter: 0 },
    } as const;
    await control.addToxic("app@eu>cache-eu", foreign);
    const healed = await active.heal();
    expect(healed.proven, healed.measured).toBe(false);
    expect(journal.map(({ verb }) => verb)).toEqual(["fault"]);
  });

  test("a link to a spare place is poisoned too, so that a part started meanwhile does not escape", async () => {
    await using stage = await raiseSmallShop(toolbox);
    const fault = latency(link("balancer", "app"), { added: "50ms" });
    const active = await toxiproxyInjector.inject(
      entry(fault),
      stage,
      testContext(async () => undefined),
    );
    expect(active.proof.proven, active.proof.measured).toBe(true);
    // The agent's path is probed too, but a bare connect cannot be late: it is left out of the proof.
    expect(active.proof.after.map((reading) => reading.target)).toEqual([
      "balancer@eu>app-eu-1",
      "balancer@eu>app-eu-1:agent",
    ]);
    const proxies = await new ProxyControl(stage.proxyApi).proxies();
    const spare = proxies.find((proxy) => proxy.name === "balancer@eu>app-eu-2");
    expect(spare?.toxics.map((toxic) => toxic.name)).toContain("fault-f-upstream");
    await active.heal();
    expect(await isClean(stage)).toBe(true);
  });
});

describe("toxiproxy: a control door that hangs", () => {
  test("costs two seconds a call and ends in an unproven fault that names the call", async () => {
    await using stage = await raiseSmallShop(toolbox, "hung");
    const began = performance.now();
    const active = await toxiproxyInjector.inject(
      entry(late),
      stage,
      testContext(async () => undefined),
    );
    expect(active.proof.proven).toBe(false);
    expect(active.proof.measured).toMatch(/adding latency fault-f-\w+ to proxy .*no answer within 2s/);
    expect(performance.now() - began).toBeLessThan(8_000);
  });

  test("an interrupted run takes the fault back instead of waiting for its proof", async () => {
    await using stage = await raiseSmallShop(toolbox, "deaf");
    const ended = AbortSignal.timeout(100);
    const began = performance.now();
    const active = await toxiproxyInjector.inject(
      entry(late),
      stage,
      testContext(async () => undefined, ended),
    );
    expect(active.proof).toMatchObject({ proven: false, measured: expect.stringContaining("run was ended") });
    expect(performance.now() - began).toBeLessThan(4_000);
    expect(await isClean(stage)).toBe(true);
  });
});

describe("toxiproxy: a server that tells half of what it should", () => {
  test.each([late, refuse(toCache)])(
    "proves nothing by it, and leaves the undoing to the journal: %j",
    async (fault) => {
      await using stage = await raiseSmallShop(toolbox, "forgetful");
      const journal: JournalEntry[] = [];
      const active = await toxiproxyInjector.inject(
        entry(fault),
        stage,
        testContext(async (written) => {
          journal.push(written);
        }),
      );
      expect(active.proof).toMatchObject({
        proven: false,
        measured: expect.stringMatching(/it answered something else/),
      });
      expect((await active.heal()).proven).toBe(false);
      // The toxic may be set: until somebody has seen it gone, it is a fault that is open.
      expect(journal.map(({ verb }) => verb)).toEqual(["fault"]);
      await expect(toxiproxyInjector.healAll(stage)).rejects.toThrow("it answered something else");
    },
  );
});

describe("toxiproxy: a server that dies while a fault is set", () => {
  test.each([late, blackhole(toCache), refuse(toCache)])(
    "takes the fault with it, which is found gone before it is healed: %j",
    async (fault) => {
      await using stage = await raiseSmallShop(toolbox);
      const active = await toxiproxyInjector.inject(
        entry(fault),
        stage,
        testContext(async () => undefined),
      );
      expect(active.proof.proven, active.proof.measured).toBe(true);
      expect((await active.observe()).proven).toBe(true);
      await stage.renewProxies();
      const seen = await active.observe();
      expect(seen.proven, seen.measured).toBe(false);
      expect((await active.heal()).proven).toBe(true);
      expect(await isClean(stage)).toBe(true);
    },
  );
});
