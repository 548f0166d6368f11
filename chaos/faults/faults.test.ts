import fc from "fast-check";
import { expect, test } from "vitest";
import { describeFault } from "#core/fault.ts";
import { blackhole, FAULTS, faultSchema, kill, latency, link, node, pause, refuse } from "./index.ts";

const one = [
  kill(node("app", { region: "eu", index: 2 })),
  pause(node("replica", { region: "us" })),
  latency(link("app", "cache", { region: "eu" }), { added: "2s" }),
  blackhole(link("app", "replica", { region: "us" })),
  refuse(link("app", "payment")),
];

test("what the constructors make is plain data that the schema accepts and JSON keeps", () => {
  for (const fault of one) {
    expect(faultSchema.parse(JSON.parse(JSON.stringify(fault)))).toEqual(fault);
    expect(FAULTS[fault.kind].schema.parse(fault)).toEqual(fault);
  }
  expect(one.map((fault) => fault.kind).sort()).toEqual(Object.keys(FAULTS).sort());
});

test("a latency is given as people write it and kept in milliseconds", () => {
  const fault = latency(link("app", "cache", { region: "eu" }), { added: "2s" });
  expect(fault).toMatchObject({ addedMs: 2_000 });
  expect(describeFault(fault)).toBe("latency app > cache (eu) +2s");
});

test("unknown kinds, roles, regions and fields are refused, and so are doses nobody could measure", () => {
  const bad: readonly unknown[] = [
    { kind: "explode", node: { role: "app" } },
    { kind: "kill" },
    { kind: "kill", node: {} },
    { kind: "kill", node: { role: "app", index: 0 } },
    { kind: "kill", node: { role: "app", index: 1.5 } },
    { kind: "kill", node: { role: "apps" } },
    { kind: "pause", node: { role: "app", region: "mars" } },
    { kind: "refuse", link: { from: "app", to: "cache" }, extra: 1 },
    { kind: "latency", link: { from: "app", to: "cache" }, addedMs: 49 },
    { kind: "latency", link: { from: "app", to: "cache" }, addedMs: 1e9 },
    { kind: "latency", link: { from: "app", to: "cache" }, addedMs: Number.NaN },
    { kind: "latency", link: { from: "app", to: "cache" }, added: "2s" },
  ];
  for (const fault of bad) expect(faultSchema.safeParse(fault).success, JSON.stringify(fault)).toBe(false);
});

test("nothing but a fault is a fault", () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => !faultSchema.safeParse(value).success));
});

test("every kind teaches what happens to connections that exist and to new ones", () => {
  for (const { lesson } of Object.values(FAULTS)) {
    expect(lesson).toMatch(/existing/i);
    expect(lesson).toMatch(/\bnew\b/i);
    expect(lesson.length).toBeGreaterThan(400);
  }
});
