import { describe, expect, test } from "vitest";
import { NotExecutedError } from "./failures.ts";
import { Gate } from "./gate.ts";

describe("the gate in front of a pool", () => {
  test("lets as many in as there are places, and the next when one leaves, in their order", async () => {
    const gate = new Gate(2);
    await gate.enter(10);
    await gate.enter(10);
    const order: string[] = [];
    const third = gate.enter(1_000).then(() => order.push("third"));
    const fourth = gate.enter(1_000).then(() => order.push("fourth"));
    expect(gate.waiting).toBe(2);
    gate.leave();
    gate.leave();
    await Promise.all([third, fourth]);
    expect(order).toEqual(["third", "fourth"]);
    expect(gate.taken).toBe(2);
  });

  test("refuses after the time that a caller waits, and at once when the line is full", async () => {
    const gate = new Gate(1);
    await gate.enter(10);
    const began = performance.now();
    const waiting = [gate.enter(30), gate.enter(30)];
    await expect(gate.enter(30)).rejects.toThrow("the line is full");
    expect(performance.now() - began).toBeLessThan(20);
    for (const each of waiting) await expect(each).rejects.toBeInstanceOf(NotExecutedError);
    expect(gate.waiting).toBe(0);
    gate.leave();
    await gate.enter(0);
    expect(gate.taken).toBe(1);
  });
});
