import { expect, test } from "vitest";
import { BUG_NAMES } from "../bugs.ts";
import { plantedStatements, replacedFunctions } from "./planted-sql.ts";

const SOURCE = `-- Adds.
create function add(a int, b int) returns int
language sql as $$
  select a + b
$$;

create function twice(a int) returns int
language sql as $$
  select a + a
$$;
`;

test("a function is replaced whole, with the text changed and everything else as it was", () => {
  expect(replacedFunctions(SOURCE, [{ function: "twice", from: "a + a", to: "a * a" }])).toEqual([
    "create or replace function twice(a int) returns int\nlanguage sql as $$\n  select a * a\n$$;",
  ]);
});

test("several changes of one function make one replacement", () => {
  const replaced = replacedFunctions(SOURCE, [
    { function: "add", from: "a + b", to: "a - b" },
    { function: "add", from: "a int, b int", to: "a int, b bigint" },
  ]);
  expect(replaced).toEqual([
    "create or replace function add(a int, b bigint) returns int\nlanguage sql as $$\n  select a - b\n$$;",
  ]);
});

test("a text that is not there, or more than once, or in no function of that name, is an error", () => {
  expect(() => replacedFunctions(SOURCE, [{ function: "add", from: "a * b", to: "" }])).toThrow("finds it 0 times");
  expect(() => replacedFunctions(SOURCE, [{ function: "twice", from: "a", to: "" }])).toThrow("finds it");
  expect(() => replacedFunctions(SOURCE, [{ function: "sub", from: "a", to: "" }])).toThrow("has no function sub");
});

test.each(BUG_NAMES)("%s still fits the functions of the shop", (bug) => {
  expect(() => plantedStatements(bug)).not.toThrow();
});

test("a shop without a bug is told nothing", () => {
  expect(plantedStatements(undefined)).toEqual([]);
});
