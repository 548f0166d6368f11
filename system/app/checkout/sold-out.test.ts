import { expect, test } from "vitest";
import { soldOutNotice } from "./sold-out.ts";

test("pages are told once in five seconds that a product is sold out, however many come too late", () => {
  const clock = { now: 0 };
  const told: string[] = [];
  const tell = soldOutNotice({ invalidate: (kind, id) => void told.push(`${kind} ${id}`) }, () => clock.now);
  for (let i = 0; i < 100; i += 1) tell("1");
  tell("2");
  expect(told).toEqual(["stock 1", "stock 2"]);
  clock.now = 5_000;
  tell("1");
  expect(told).toHaveLength(3);
  for (let id = 10; id < 5_000; id += 1) tell(String(id));
  expect(told.at(-1)).toBe("stock 4999");
});
