import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { LOOK_EVERY_MS, looksOnTime } from "./looks.ts";

/** Takes this thread's turns away, as a machine that is far too busy does: it wakes up late whenever it wakes up. */
function starve(): Disposable {
  const starving = setInterval(() => {
    const until = performance.now() + 100;
    while (performance.now() < until);
  }, 1);
  return { [Symbol.dispose]: () => clearInterval(starving) };
}

test("time in which this thread had no turn does not count against whoever is waited for", async () => {
  const cancel = new AbortController();
  let isOver = false;
  const began = performance.now();
  const over = looksOnTime(8, 20_000, cancel.signal).then(() => {
    isOver = true;
  });
  {
    using _starved = starve();
    // Five times as long as eight looks on time take.
    while (performance.now() - began < 8 * LOOK_EVERY_MS * 5) await pause(1);
    expect(isOver).toBe(false);
  }
  await over;
  expect(isOver).toBe(true);
});

test("it ends at its deadline, however late the looks are, and when it is told to", async () => {
  using _starved = starve();
  const began = performance.now();
  await looksOnTime(1_000, 300, AbortSignal.timeout(10_000));
  expect(performance.now() - began).toBeGreaterThan(300);
  await looksOnTime(1_000, 60_000, AbortSignal.abort());
});
