import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { plainValue } from "./plain-value.ts";

describe("what a module exports", () => {
  test("is copied when it is plain data, and left out where it is undefined", () => {
    const value = { a: [1, "x", null, true, { b: NaN }], c: undefined };
    const copy = plainValue(value);
    expect(copy).toEqual({ value: { a: [1, "x", null, true, { b: NaN }] }, problems: [] });
    expect(copy.value).not.toBe(value);
    const bare: Record<string, unknown> = Object.create(null);
    bare.x = Object.freeze([1]);
    expect(plainValue(bare)).toEqual({ value: { x: [1] }, problems: [] });
  });

  test("is refused at each place that is none, without running any of it", () => {
    let ran = false;
    const run = (): never => {
      ran = true;
      throw new Error("it was run");
    };
    const cyclic: Record<string, unknown> = {};
    cyclic.itself = cyclic;
    const { problems } = plainValue({
      getter: Object.defineProperty({}, "x", { get: run, enumerable: true }),
      proxy: new Proxy({}, { get: run, ownKeys: run, getPrototypeOf: run }),
      method() {},
      date: new Date(0),
      map: new Map(),
      big: 1n,
      symbol: Symbol("x"),
      [Symbol("name")]: 1,
      // biome-ignore lint/suspicious/noSparseArray: a gap is what is tested
      gap: [1, , 2],
      half: "\ud800",
      cyclic,
      ["__proto__"]: { polluted: true },
      constructor: 1,
    });
    expect(ran).toBe(false);
    expect(problems.map((problem) => problem.split(":")[0])).toEqual([
      ...["getter.x", "proxy", "method", "date", "map", "big", "symbol", "gap.1", "half", "cyclic.itself"],
      ...["__proto__", "constructor", "(whole)"],
    ]);
  });

  test("has an end: deep, wide, shared and long values are refused in milliseconds", () => {
    let deep: unknown = 1;
    for (let i = 0; i < 100_000; i += 1) deep = { deep };
    let shared: unknown = [1];
    for (let i = 0; i < 25; i += 1) shared = [shared, shared];
    const began = performance.now();
    expect(plainValue(deep).problems[0]).toMatch(/deeper than 32 levels/);
    expect(plainValue(shared).problems[0]).toMatch(/at most 100000 values/);
    expect(plainValue(new Array(1e9)).problems[0]).toMatch(/longer than 100000/);
    expect(plainValue(["x".repeat(600_000), "y".repeat(600_000)]).problems[0]).toMatch(/1: .*a million characters/);
    expect(plainValue(Array.from({ length: 1_000 }, () => () => 1)).problems).toHaveLength(50);
    expect(performance.now() - began).toBeLessThan(2_000);
  });

  test("never makes it throw, whatever it is; what has no problem survives JSON", () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withSparseArray: true,
      withTypedArray: true,
      withNullPrototype: true,
      withObjectString: true,
    });
    fc.assert(
      fc.property(anything, (value) => {
        const { value: copy, problems } = plainValue(value);
        if (problems.length === 0) expect(JSON.stringify(copy)).toBe(JSON.stringify(JSON.parse(JSON.stringify(copy))));
      }),
      { numRuns: 2_000, seed: 5 },
    );
  });
});
