import pg from "pg";
import { expect, test } from "vitest";
import { isConnectionFailure } from "./database.ts";
import { jobId, parseJob, retryDelayMs } from "./jobs.ts";

test("an order has one job, whose id BullMQ takes", () => {
  expect(jobId("200001")).toBe(jobId("200001"));
  expect(jobId("200001")).not.toMatch(/:|^\d+$/);
});

test("retries are quick at first, never further apart than five seconds, and never in step", () => {
  const most = Array.from({ length: 11 }, (_, i) => retryDelayMs(i + 1, 1));
  const least = Array.from({ length: 11 }, (_, i) => retryDelayMs(i + 1, 0));
  expect(most[0]).toBe(200);
  expect(Math.max(...most)).toBe(5_000);
  expect(least.every((delay, i) => delay === (most[i] ?? 0) / 2)).toBe(true);
  expect(most.reduce((sum, delay) => sum + delay, 0)).toBeLessThan(37_000);
});

test("a job with another form than ours is refused", () => {
  expect(() => parseJob({ orderId: "1", orderKey: "k" })).toThrow();
  expect(() => parseJob({ orderId: "1; drop", orderKey: "k", totalCents: 1 })).toThrow();
});

test("only a broken connection is thrown away, not one whose statement failed", () => {
  const failure = (code: string): pg.DatabaseError =>
    Object.assign(new pg.DatabaseError("failed", 0, "error"), { code });
  for (const code of ["23505", "40001", "40P01", "55P03", "57014", "P0001"]) {
    expect([code, isConnectionFailure(failure(code))]).toEqual([code, false]);
  }
  for (const code of ["08006", "57P01", "25006"])
    expect([code, isConnectionFailure(failure(code))]).toEqual([code, true]);
  expect(isConnectionFailure(new Error("Query read timeout"))).toBe(true);
});
