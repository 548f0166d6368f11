import fc from "fast-check";
import { expect, test } from "vitest";
import { latency, link } from "#chaos/faults/index.ts";
import { latencySchema } from "#chaos/faults/latency.ts";
import type { ProbeReading } from "#core/injector.ts";
import { lateBy, shut, silence } from "./effects.ts";
import { isAsBefore } from "./readings.ts";

const reading = (freshMs: number, heldMs: number): ProbeReading => ({
  target: "path",
  fresh: { kind: "answered", ms: freshMs },
  held: { kind: "answered", ms: heldMs },
});

/** Every dose that a scenario may ask for. */
const dose = fc
  .integer({ min: 1, max: 60_000 })
  .filter((addedMs) => latencySchema.safeParse({ ...latency(link("app", "cache"), { added: "1s" }), addedMs }).success);
const noise = fc.double({ min: 0, max: 5_000, noNaN: true });
const path = fc.double({ min: 0.1, max: 300, noNaN: true });

test("a path on which a latency still lies is never as before, whatever the dose and the noise", () => {
  fc.assert(
    fc.property(dose, path, noise, noise, (addedMs, baseMs, one, other) => {
      const now = reading(baseMs + addedMs + one, baseMs + addedMs + other);
      expect(isAsBefore(reading(baseMs, baseMs), now, lateBy(addedMs).toleranceMs)).toBe(false);
    }),
  );
});

test("no reading is both the fault in force and the path as before", () => {
  fc.assert(
    fc.property(dose, path, noise, (addedMs, baseMs, laterMs) => {
      const effect = lateBy(addedMs);
      const [before, now] = [reading(baseMs, baseMs), reading(baseMs + laterMs, baseMs + laterMs)];
      expect(effect.isFelt(before, now, false) && isAsBefore(before, now, effect.toleranceMs)).toBe(false);
    }),
  );
});

test("a path that is quiet again is as before for the smallest dose that may be asked for", () => {
  expect(isAsBefore(reading(30, 30), reading(45, 49), lateBy(50).toleranceMs)).toBe(true);
});

test("a path that is shut or silent is not as before, however patient one is", () => {
  for (const { toleranceMs } of [silence("swallowed"), shut("refused", false)]) {
    for (const kind of ["silent", "refused", "closed"] as const) {
      expect(isAsBefore(reading(1, 1), { target: "path", fresh: { kind, ms: 0 } }, toleranceMs)).toBe(false);
    }
    expect(isAsBefore(reading(1, 1), { ...reading(1, 1), held: { kind: "silent", ms: 0 } }, toleranceMs)).toBe(false);
  }
});
