import { expect, test } from "vitest";
import { kill, node, pause } from "#chaos/faults/index.ts";
import type { Stage } from "#core/substrate.ts";
import { equip } from "#harness/tools/index.ts";
import { injectorConformance } from "../conformance.ts";
import { testContext } from "../testing/context.ts";
import { raiseSmallShop } from "../testing/small-shop.ts";
import { processInjector } from "./index.ts";

const toolbox = await equip({ progress: () => undefined, signal: AbortSignal.timeout(110_000) });
const app = node("app", { region: "eu", index: 1 });

async function isClean(stage: Stage): Promise<boolean> {
  const [target] = stage.nodes(app);
  if (target === undefined) return false;
  await using probe = await stage.probeNode(target);
  return (await probe.measure(500)).fresh.kind === "answered";
}

injectorConformance({
  injector: processInjector,
  faults: [kill(app), pause(app)],
  missing: kill(node("app", { region: "us", index: 2 })),
  context: testContext,
  raise: () => raiseSmallShop(toolbox),
  raiseDeaf: () => raiseSmallShop(toolbox, "deaf"),
  raiseMute: () => raiseSmallShop(toolbox, "mute"),
  sicken: (stage) => stage.kill("app-eu-1"),
  isClean,
});

test("a kill is seen at the node and over the link to it, names the process, and the node comes back as another", async () => {
  await using stage = await raiseSmallShop(toolbox);
  const pid = stage.identity?.("app-eu-1")?.pid;
  const entry = { id: "k", phase: "peak", afterMs: 0, forMs: 1_000, fault: kill(app), reason: "to see it" } as const;
  const active = await processInjector.inject(
    entry,
    stage,
    testContext(async () => undefined),
  );
  expect(active.proof.measured).toContain(`process ${pid} gone`);
  expect(active.proof.after).toMatchObject([
    { target: "app-eu-1", fresh: { kind: "refused" }, held: { kind: "closed" } },
    { target: "balancer@eu>app-eu-1", fresh: { kind: "refused" }, held: { kind: "closed" } },
    { target: "balancer@eu>app-eu-1:agent", fresh: { kind: "refused" } },
  ]);
  expect((await active.heal()).proven).toBe(true);
  expect(stage.identity?.("app-eu-1")?.pid).not.toBe(pid);
});

test("a spare place is nothing that could be killed", async () => {
  await using stage = await raiseSmallShop(toolbox);
  expect(processInjector.covers(kill(node("app", { region: "eu", index: 2 })), stage)).toMatchObject({
    kind: "not-applicable",
    reason: expect.stringContaining("app-eu-2"),
  });
});
