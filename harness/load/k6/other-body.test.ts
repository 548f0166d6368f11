import { expect, test } from "vitest";
import { bodyOf, otherThan } from "./script/request.ts";

test.each([
  ["12x1", "12x2"],
  ["12x2", "12x1"],
  ["3x3", "3x1"],
  ["12x1+7x2", "12x1+7x1"],
  ["12x1!EARLYBIRD", "12x2!EARLYBIRD"],
  ["12x10", "12x1"],
])("the other body of %s is %s, which is as right and no longer the same", (parameter, other) => {
  expect(otherThan(parameter)).toBe(other);
  const [first, second] = [parameter, other].map((each) => JSON.parse(bodyOf("k", each) ?? ""));
  expect(second).not.toEqual(first);
  expect(Object.keys(second)).toEqual(Object.keys(first));
});
