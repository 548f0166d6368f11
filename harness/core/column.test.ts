import { expect, test } from "vitest";
import { Column, Lists } from "./column.ts";

test("a column gives back what was put into it, whatever numbers they are", () => {
  const values = [0, 1, 65_535, 65_536, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, -0, 2 ** 53 - 1];
  const column = new Column();
  for (let round = 0; round < 300; round += 1) for (const value of values) column.push(value);
  column.close();
  expect(column.length).toBe(3_000);
  expect(Array.from({ length: 10 }, (_, index) => column.at(2_990 + index))).toEqual(values);
  column.set(7, -3.5);
  expect(column.at(7)).toBe(-3.5);
  expect(column.at(3_000)).toBeNaN();
});

test("each row of the lists has its own numbers, or none", () => {
  const lists = new Lists();
  lists.push([1, 70_000]);
  lists.push([]);
  lists.push([3]);
  lists.close();
  expect([lists.at(0), lists.at(1), lists.at(2)]).toEqual([[1, 70_000], [], [3]]);
});
