import { describe, expect, it } from "vitest";
import { durationMs, formatMoment, formatMs } from "./duration.ts";

describe("durations", () => {
  it("are read with their unit", () => {
    expect([durationMs("250ms"), durationMs("1.5s"), durationMs("2m")]).toEqual([250, 1_500, 120_000]);
  });

  it("are refused without one, or with a sign", () => {
    for (const text of ["30", "30 s", "-1s", "1h", "", "s"]) expect(() => durationMs(text)).toThrow(RangeError);
  });

  it("are written for people", () => {
    expect([formatMs(3.456), formatMs(4_123), formatMs(125_000)]).toEqual(["3.5ms", "4.1s", "2m 05s"]);
    expect([formatMoment(65_400), formatMoment(-2_000)]).toEqual(["01:05", "-00:02"]);
  });
});
