import { expect, test } from "vitest";
import { Failure } from "#core/errors.ts";
import type { LoadShape } from "#core/scenario.ts";
import { type Room, refuseLoad } from "./capacity.ts";

const at = (scale: number): LoadShape => ({
  kind: "black-friday",
  scale,
  pace: "compressed",
  startUsers: 5_000,
  phases: [
    { name: "plateau", forMs: 20_000, users: 850_000 },
    { name: "peak", forMs: 60_000, users: 2_000_000 },
  ],
  buyersPerSecond: 20,
  steadyPhase: "plateau",
  peakPhase: "peak",
});

const ROOM: Room = { freeBytes: 20e9, connections: 9_500 };

function refusalOf(scale: number, room: Partial<Room> = {}): Failure | undefined {
  try {
    refuseLoad(at(scale), { ...ROOM, ...room });
    return undefined;
  } catch (thrown) {
    if (thrown instanceof Failure) return thrown;
    throw thrown;
  }
}

test("takes the two scales that the project promises", () => {
  expect(refusalOf(500)).toBeUndefined();
  expect(refusalOf(250)).toBeUndefined();
});

test("refuses more users than the edge takes, as a mistake of the command, and names a scale that fits", () => {
  const refused = refusalOf(10, { freeBytes: 500e9 });
  expect(refused?.exitCode).toBe(64);
  expect(refused?.problems).toHaveLength(1);
  expect(refused?.message).toMatch(/200,\d{3} users .* takes 9,400/);
  const fits = Number(/--scale (\d+) fits/.exec(refused?.mend ?? "")?.[1]);
  expect(refusalOf(fits)).toBeUndefined();
  expect(refusalOf(fits - 10)).toBeDefined();
});

test("refuses users that the memory cannot hold, as a matter of the machine, with what is needed and what is free", () => {
  const refused = refusalOf(250, { freeBytes: 4e9 });
  expect(refused?.exitCode).toBe(69);
  expect(refused?.message).toMatch(/k6 keeps 3\.\d GB for them and the shop 1\.5 GB; 4\.0 GB are free/);
  const fits = Number(/--scale (\d+) fits/.exec(refused?.mend ?? "")?.[1]);
  expect(refusalOf(fits, { freeBytes: 4e9 })).toBeUndefined();
});

test("says so when no scale fits", () => {
  expect(refusalOf(500, { freeBytes: 1e9 })?.mend).toContain("No scale fits");
});
