import { expect, test } from "vitest";
import { Attendance } from "./last-words.ts";

test("what a source brought is counted, and how long it brought nothing of substance", () => {
  const attendance = new Attendance("redis of queue", "queue", 1_000, 0);
  for (let at = 1_000; at <= 60_000; at += 1_000) attendance.came(at, 1, at > 20_000 && at < 40_000 ? 0 : 1);
  expect(attendance.word(60_400)).toEqual({
    name: "redis of queue",
    node: "queue",
    everyMs: 1_000,
    told: 60,
    answered: 41,
    speechless: [{ fromMs: 20_000, toMs: 40_000 }],
    silentMs: 400,
    longestGapMs: 1_000,
  });
});

test("one that never comes back was speechless until the end, one that never answered all the time", () => {
  const attendance = new Attendance("redis of queue", "queue", 4_000, 0);
  for (let at = 4_000; at <= 60_000; at += 4_000) attendance.came(at, 1, at < 30_000 ? 1 : 0);
  expect(attendance.word(60_000)).toMatchObject({ answered: 7, speechless: [{ fromMs: 28_000, toMs: 60_000 }] });
  const never = new Attendance("redis of queue", "queue", 1_000, 0);
  never.came(1_000, 1, 0);
  expect(never.word(12_000)).toMatchObject({ answered: 0, speechless: [{ fromMs: 0, toMs: 12_000 }] });
});

test("one that comes and goes without end is told in twenty stretches, of which the last is the rest", () => {
  const attendance = new Attendance("redis of queue", "queue", 1_000, 0);
  for (let round = 1; round <= 50; round += 1) attendance.came(round * 20_000, 1, 1);
  const { speechless } = attendance.word(1_000_000);
  expect(speechless).toHaveLength(20);
  expect(speechless.at(-1)).toEqual({ fromMs: 380_000, toMs: 1_000_000 });
});
