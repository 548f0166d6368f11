import { describe, expect, test } from "vitest";
import { RecordedLog } from "../testing/recorded-log.ts";
import { BoundedAdmission, OpenAdmission, type Work } from "./admission.ts";

function admission() {
  const state = { lateMs: 0, now: 0 };
  const log = new RecordedLog();
  return {
    state,
    log,
    admission: new BoundedAdmission(
      () => state.lateMs,
      log,
      () => state.now,
    ),
  };
}

function fill(into: BoundedAdmission, work: Work, times: number): number {
  let taken = 0;
  for (let i = 0; i < times; i += 1) if (into.enter(work, undefined) === undefined) taken += 1;
  return taken;
}

describe("bounded admission", () => {
  test("takes 48 pages in hand, and keeps sixteen places for checkouts", () => {
    const { admission: bounded } = admission();
    expect(fill(bounded, "browse", 60)).toBe(48);
    expect(fill(bounded, "checkout", 60)).toBe(16);
    expect(bounded.load).toBe(1);
    bounded.leave("browse");
    expect(bounded.enter("browse", undefined)).toBeUndefined();
  });

  test("lets checkouts use every place when nobody browses", () => {
    const { admission: bounded } = admission();
    expect(fill(bounded, "checkout", 100)).toBe(64);
  });

  test("takes four reports at once", () => {
    const { admission: bounded } = admission();
    expect(fill(bounded, "background", 10)).toBe(4);
  });

  test("refuses what cannot begin in time, reports first and checkouts last", () => {
    const { admission: bounded, state } = admission();
    state.lateMs = 60;
    expect(bounded.enter("background", undefined)).toBe("late");
    expect(bounded.enter("browse", undefined)).toBeUndefined();
    state.lateMs = 200;
    expect(bounded.enter("browse", undefined)).toBe("late");
    expect(bounded.enter("checkout", undefined)).toBeUndefined();
    expect(bounded.enter("checkout", 100)).toBe("late");
  });

  test("tells of a burst of refusals once", () => {
    const { admission: bounded, log, state } = admission();
    fill(bounded, "browse", 100);
    expect(log.count("shedding-began")).toBe(1);
    state.now = 60_000;
    fill(bounded, "browse", 2);
    expect(log.count("shedding-began")).toBe(2);
  });

  test("is left out without shedding: everything is taken", () => {
    const open = new OpenAdmission();
    for (let i = 0; i < 1_000; i += 1) expect(open.enter()).toBeUndefined();
    expect(open.inFlight).toBe(1_000);
  });
});
