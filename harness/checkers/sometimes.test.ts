import { expect, test } from "vitest";
import { SOMETIMES, sometimesChecker } from "./sometimes.ts";
import { hang, inputOf, type Story, scenarioWith } from "./testing/history.ts";

function judged(property: string, story: Story = {}) {
  return sometimesChecker.check(inputOf(scenarioWith([{ kind: "sometimes", property }]), story))[0];
}

test("the surge reached its peak when nearly everybody was there at once", () => {
  expect(judged("the surge reached its peak")).toMatchObject({ state: "held", observed: "1,000 users at once" });
  const halved: Story = { without: (event) => event.kind === "load.health" && event.usersPresent > 500 };
  expect(judged("the surge reached its peak", halved)).toMatchObject({ state: "unknown" });
  expect(judged("the surge reached its peak", { without: (event) => event.kind === "load.health" })).toMatchObject({
    state: "unknown",
    observed: "not measured",
  });
});

test("the sold-out path was taken when somebody was told so", () => {
  expect(judged("the sold-out path was taken")).toMatchObject({ state: "unknown", observed: "never" });
  const soldOut: Story = {
    attempts: (second, lane) => (second === 70 && lane === "buyers" ? [["sold-out", 9, 4]] : undefined),
  };
  expect(judged("the sold-out path was taken", soldOut)).toMatchObject({ state: "held", observed: "4 answers" });
});

test("the coupon ran out when a buyer who sent one was told that it gives nothing", () => {
  const property = "the coupon ran out";
  const told = (discountCents?: number) => ({
    atMs: 50_000,
    event: {
      kind: "write.result",
      key: `k${discountCents}`,
      attempt: 1,
      result: "ok",
      status: 201,
      ...(discountCents === undefined ? {} : { discountCents }),
    } as const,
  });
  expect(judged(property, { also: [told()] })).toMatchObject({ state: "unknown", samples: 0 });
  expect(judged(property, { also: [told(), told(180)] })).toMatchObject({ state: "unknown", samples: 1 });
  expect(judged(property, { also: [told(180), told(0)] })).toMatchObject({ state: "held", samples: 2 });
});

test("a card was declined when the payment provider counts one", () => {
  const property = "a card was declined";
  const counted = (result: string, value: number) => ({
    atMs: 50_000,
    event: {
      kind: "sample",
      node: "payment",
      values: { [`shop_payments_total{result="${result}"}`]: value },
    } as const,
  });
  expect(judged(property)).toMatchObject({ state: "unknown", reason: expect.stringContaining("nobody asked") });
  expect(judged(property, { also: [counted("captured", 9)] })).toMatchObject({ state: "unknown", observed: "never" });
  expect(judged(property, { also: [counted("declined", 3), counted("declined", 4)] })).toMatchObject({
    state: "held",
    observed: "4 times",
  });
});

test("a fault was felt when a counter, a balancer, a log or a user says so, and not otherwise", () => {
  const property = "each fault was felt";
  expect(judged(property)).toMatchObject({
    state: "held",
    observed: "1 of 1",
    reason: expect.stringContaining("shop_breaker_opened_total"),
  });
  const deaf = (event: { readonly kind: string; readonly node?: string }) =>
    (event.kind === "sample" && event.node?.startsWith("app")) ||
    (event.kind === "load.batch" && "lane" in event && event.lane === "bots");
  const unfelt: Story = { without: deaf };
  expect(judged(property, unfelt)).toMatchObject({ state: "unknown", reason: expect.stringContaining("cache-hangs") });
  const said = { kind: "system", node: "app-eu-1", event: "breaker-opened", detail: "cache-eu: 5 time-outs" } as const;
  expect(judged(property, { ...unfelt, also: [{ atMs: 43_000, event: said }] })).toMatchObject({ state: "held" });
  expect(judged(property, { ...unfelt, also: [{ atMs: 20_000, event: said }] })).toMatchObject({ state: "unknown" });
  const errors: Story = { ...unfelt, attempts: (second) => (second === 45 ? [["timeout", 8_000, 20]] : undefined) };
  expect(judged(property, errors)).toMatchObject({ state: "held" });
  const other = { ...said, detail: "replica-eu: 5 time-outs" };
  expect(judged(property, { ...unfelt, also: [{ atMs: 43_000, event: other }] })).toMatchObject({ state: "unknown" });
  const waits = [39_000, 43_000].map((atMs) => ({
    atMs,
    event: { kind: "sample", node: "app-eu-9", values: { shop_pool_wait_seconds_total: atMs } } as const,
  }));
  expect(judged(property, { ...unfelt, also: waits })).toMatchObject({ state: "unknown" });
  const always: Story = { ...unfelt, attempts: () => [["timeout", 8_000, 2]] };
  expect(judged(property, always)).toMatchObject({ state: "unknown" });
  expect(judged(property, { fault: ["skipped"] })).toMatchObject({ state: "not-judged" });
});

test("a killed machine was felt when a balancer took it out; that the testbed killed it is no sign", () => {
  const property = "each fault was felt";
  const kill = { ...hang, fault: { kind: "kill", node: { role: "app", region: "eu", index: 2 } } } as const;
  const scenario = scenarioWith([{ kind: "sometimes", property }], { timeline: [kill] });
  const judge = (also: NonNullable<Story["also"]>) => sometimesChecker.check(inputOf(scenario, { also }))[0]?.state;
  const killed = {
    atMs: 41_000,
    event: { kind: "node", node: "app-eu-2", state: "killed", detail: "SIGKILL" } as const,
  };
  const seen = (atMs: number, server: string, status: number) => ({
    atMs,
    event: { kind: "sample", node: "balancer-eu", values: { [`app/${server}/status`]: status } } as const,
  });
  expect(judge([killed])).toBe("unknown");
  expect(judge([killed, seen(39_000, "app-eu-1", 1), seen(43_000, "app-eu-1", 0)])).toBe("unknown");
  expect(judge([killed, seen(39_000, "app-eu-2", 0), seen(43_000, "app-eu-2", 0)])).toBe("unknown");
  expect(judge([killed, seen(39_000, "app-eu-2", 1), seen(43_000, "app-eu-2", 0)])).toBe("held");
});

test("a killed worker, which nobody dials, was felt when a peer took up its jobs", () => {
  const property = "each fault was felt";
  const kill = { ...hang, fault: { kind: "kill", node: { role: "worker", index: 1 } } } as const;
  const scenario = scenarioWith([{ kind: "sometimes", property }], { timeline: [kill] });
  const workers = ["worker-1", "worker-2"].map(
    (id, i) => ({ id, role: "worker", region: "eu", index: i + 1, cpu: 1 }) as const,
  );
  const judge = (node: string, counts: readonly (readonly [number, number])[]) => {
    const also = counts.map(([atMs, count]) => ({
      atMs,
      event: { kind: "sample", node, values: { shop_jobs_stalled_total: count } } as const,
    }));
    const input = inputOf(scenario, { also });
    const topology = { ...input.topology, nodes: [...input.topology.nodes, ...workers] };
    return sometimesChecker.check({ ...input, topology })[0];
  };
  expect(
    judge("worker-2", [
      [39_000, 0],
      [50_000, 12],
    ]),
  ).toMatchObject({ state: "held" });
  expect(
    judge("worker-2", [
      [39_000, 12],
      [50_000, 12],
    ]),
  ).toMatchObject({ state: "unknown" });
  expect(
    judge("app-eu-1", [
      [39_000, 0],
      [50_000, 12],
    ]),
  ).toMatchObject({ state: "unknown" });
});

test("the cache breaker opened when a counter or a log says so", () => {
  expect(judged("the cache breaker opened")).toMatchObject({ state: "held" });
  expect(judged("the cache breaker opened", { without: (event) => event.kind === "sample" })).toMatchObject({
    state: "unknown",
  });
});

test("a property that nobody knows is unknown and names those that are known", () => {
  const result = judged("pigs flew");
  expect(result).toMatchObject({ state: "unknown" });
  for (const name of Object.keys(SOMETIMES)) expect(result?.reason).toContain(name);
});
