import { describe, expect, test } from "vitest";
import { CircuitBreaker } from "./breaker.ts";
import { RecordedLog } from "./testing/recorded-log.ts";

function breakerAt(start: number) {
  const clock = { now: start };
  const log = new RecordedLog();
  return { clock, log, breaker: new CircuitBreaker("cache-eu", log, () => clock.now) };
}

/** As a part that hangs shows itself: one time-out after the other. */
function hang(stand: ReturnType<typeof breakerAt>, timeouts: number): void {
  for (let i = 0; i < timeouts; i += 1) {
    stand.clock.now += 50;
    stand.breaker.failed("timeout");
  }
}

describe("a circuit breaker", () => {
  test("opens after five time-outs in a row and tells the story once", () => {
    const stand = breakerAt(0);
    const { breaker, log } = stand;
    hang(stand, 4);
    expect(breaker.allows()).toBe(true);
    hang(stand, 2);
    expect(breaker.allows()).toBe(false);
    expect(breaker.status()).toEqual({ target: "cache-eu", open: true, openedTotal: 1 });
    expect(log.count("breaker-opened")).toBe(1);
  });

  test("stays closed while four time-outs are followed by an answer", () => {
    const { breaker } = breakerAt(0);
    for (let i = 0; i < 4; i += 1) breaker.failed("timeout");
    for (let i = 0; i < 10; i += 1) breaker.succeeded();
    for (let i = 0; i < 4; i += 1) breaker.failed("timeout");
    expect(breaker.status().open).toBe(false);
  });

  test("stays closed when everything under way timed out in one stall", () => {
    const { breaker } = breakerAt(0);
    for (let i = 0; i < 9; i += 1) breaker.failed("timeout");
    expect(breaker.status().open).toBe(false);
  });

  test("opens when half of at least ten calls failed within five seconds", () => {
    const { breaker } = breakerAt(0);
    for (let i = 0; i < 5; i += 1) breaker.succeeded();
    for (let i = 0; i < 4; i += 1) breaker.failed("error");
    expect(breaker.status().open).toBe(false);
    breaker.failed("error");
    expect(breaker.status().open).toBe(true);
  });

  test("forgets what is older than five seconds", () => {
    const { breaker, clock } = breakerAt(0);
    for (let i = 0; i < 9; i += 1) breaker.failed("error");
    clock.now = 6_000;
    breaker.failed("error");
    expect(breaker.status().open).toBe(false);
  });

  test("lets one probe through after five seconds and closes when it succeeds", () => {
    const stand = breakerAt(0);
    const { breaker, clock, log } = stand;
    hang(stand, 5);
    clock.now += 4_999;
    expect(breaker.allows()).toBe(false);
    clock.now += 1;
    expect(breaker.allows()).toBe(true);
    expect(breaker.allows()).toBe(false);
    breaker.succeeded();
    expect(breaker.allows()).toBe(true);
    expect(log.count("breaker-closed")).toBe(1);
  });

  test("doubles its pause after each failed probe, up to twenty seconds", () => {
    const stand = breakerAt(0);
    const { breaker, clock } = stand;
    hang(stand, 5);
    for (const pauseMs of [5_000, 10_000, 20_000, 20_000]) {
      clock.now += pauseMs - 1;
      expect(breaker.allows()).toBe(false);
      clock.now += 1;
      expect(breaker.allows()).toBe(true);
      breaker.failed("timeout");
    }
  });

  test("does not close on a late answer of a call from before it opened", () => {
    const stand = breakerAt(0);
    const { breaker } = stand;
    hang(stand, 5);
    breaker.succeeded();
    expect(breaker.status().open).toBe(true);
  });

  test("gives a new probe when the last one never reported", () => {
    const stand = breakerAt(0);
    const { breaker, clock } = stand;
    hang(stand, 5);
    clock.now += 5_000;
    expect(breaker.allows()).toBe(true);
    clock.now += 10_000;
    expect(breaker.allows()).toBe(true);
  });
});
