import { describe, expect, test } from "vitest";
import { cacheKey, readWarm, warmEntry } from "./keys.ts";

const HOUR = 3_600_000;
const NOON = 500_000 * HOUR;

describe("values in the warm tier", () => {
  test("come back as they were put", () => {
    const entry = warmEntry("product", "7", '{"name":"a~b"}', NOON);
    const found = readWarm("product", entry.key, entry.value, { jitter: true, stale: true });
    expect(entry.key).toBe(cacheKey("product", "7"));
    expect(found?.json).toBe('{"name":"a~b"}');
    expect(found?.freshUntil).toBeGreaterThan(NOON);
    expect(found?.freshUntil).toBeLessThanOrEqual(NOON + HOUR);
  });

  test("end at hours of their own when expiry is spread, all at once when it is not", () => {
    const ends = (jitter: boolean) =>
      Array.from({ length: 1_000 }, (_, i) => {
        const entry = warmEntry("product", String(i + 1), "1", NOON + 1, { jitter, stale: false });
        return readWarm("product", entry.key, entry.value, { jitter, stale: false })?.freshUntil ?? 0;
      });
    expect(new Set(ends(false))).toEqual(new Set([NOON + HOUR]));
    const perTenMinutes = new Map<number, number>();
    for (const end of ends(true)) {
      const slot = Math.floor((end - NOON) / (HOUR / 6));
      perTenMinutes.set(slot, (perTenMinutes.get(slot) ?? 0) + 1);
    }
    // 1,000 keys over six slots: 167 each; chance alone stays within four standard deviations (12 each) of that.
    for (let slot = 0; slot < 6; slot += 1) {
      expect(perTenMinutes.get(slot)).toBeGreaterThan(119);
      expect(perTenMinutes.get(slot)).toBeLessThan(215);
    }
  });

  test("stay ten minutes longer where old values may be served", () => {
    const strict = warmEntry("search", "lamp", "[]", NOON, { jitter: false, stale: false });
    const lenient = warmEntry("search", "lamp", "[]", NOON, { jitter: false, stale: true });
    expect(strict.ttlMs).toBe(HOUR);
    expect(lenient.ttlMs - strict.ttlMs).toBe(600_000);
  });

  test("are fresh for five seconds when they are stock", () => {
    const entry = warmEntry("stock", "1", "80", NOON);
    expect(readWarm("stock", entry.key, entry.value, { jitter: true, stale: true })?.freshUntil).toBe(NOON + 5_000);
  });

  test("are a miss when somebody else wrote them", () => {
    for (const text of ["", "{}", "x~1~[]", "1~[]", "~~"]) {
      expect(readWarm("search", "k", text, { jitter: true, stale: true })).toBeUndefined();
    }
  });
});
