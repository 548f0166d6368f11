import { describe, expect, test } from "vitest";
import { CircuitBreaker } from "./breaker.ts";
import { RecordedLog } from "./testing/recorded-log.ts";

function breakerAt(start: number) {
  const clock = { now: start };
  const log = new RecordedLog();
  return { clock, log, breaker: new CircuitBreaker("cache-eu", log, () => clock.now) };
}

describe("a circuit breaker", () => {
  test("opens after five time-outs in a row and tells the story once", () => {
    const { breaker, log } = breakerAt(0);
    for (let i = 0; i < 4; i += 1) breaker.failed("timeout");
    expect(breaker.allows()).toBe(true);
    breaker.failed("timeout");
    breaker.failed("timeout");
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
    const { breaker, clock, log } = breakerAt(0);
    for (let i = 0; i < 5; i += 1) breaker.failed("timeout");
    clock.now = 4_999;
    expect(breaker.allows()).toBe(false);
    clock.now = 5_000;
    expect(breaker.allows()).toBe(true);
    expect(breaker.allows()).toBe(false);
    breaker.succeeded();
    expect(breaker.allows()).toBe(true);
    expect(log.count("breaker-closed")).toBe(1);
  });

  test("doubles its pause after each failed probe, up to twenty seconds", () => {
    const { breaker, clock } = breakerAt(0);
    for (let i = 0; i < 5; i += 1) breaker.failed("timeout");
    for (const pauseMs of [5_000, 10_000, 20_000, 20_000]) {
      clock.now += pauseMs - 1;
      expect(breaker.allows()).toBe(false);
      clock.now += 1;
      expect(breaker.allows()).toBe(true);
      breaker.failed("timeout");
    }
  });

  test("does not close on a late answer of a call from before it opened", () => {
    const { breaker } = breakerAt(0);
    for (let i = 0; i < 5; i += 1) breaker.failed("timeout");
    breaker.succeeded();
    expect(breaker.status().open).toBe(true);
  });

  test("gives a new probe when the last one never reported", () => {
    const { breaker, clock } = breakerAt(0);
    for (let i = 0; i < 5; i += 1) breaker.failed("timeout");
    clock.now = 5_000;
    expect(breaker.allows()).toBe(true);
    clock.now = 15_000;
    expect(breaker.allows()).toBe(true);
  });
});
