import { expect, test } from "vitest";
import { readArguments } from "./arguments.ts";

const OPTIONS = {
  seed: { type: "string" },
  times: { type: "string" },
  without: { type: "string", multiple: true },
  quick: { type: "boolean" },
} as const;

function problemsOf(argv: readonly string[], env: Readonly<Record<string, string>> = {}): readonly string[] {
  return readArguments(argv, OPTIONS, env).problems;
}

test("words, flags and values are read from either way of writing them, and what is behind two dashes is words", () => {
  const given = readArguments(
    ["a", "--seed=x=y", "--without", "p,q", "--without=r", "--quick", "-", "-1", "--", "--seed"],
    OPTIONS,
    {},
  );
  expect(given.problems).toEqual([]);
  expect(given.words).toEqual(["a", "-", "-1", "--seed"]);
  expect(given.text("seed")).toBe("x=y");
  expect(given.texts("without")).toEqual(["p", "q", "r"]);
  expect(given.flag("quick")).toBe(true);
  expect(given.text("times")).toBeUndefined();
});

test("an option whose value is missing is told, also where another option follows, which is read all the same", () => {
  const given = readArguments(["--seed", "--quick", "--times=", "--without"], OPTIONS, {});
  expect(given.problems).toEqual(["--seed needs a value", "--times needs a value", "--without needs a value"]);
  expect(given.flag("quick")).toBe(true);
});

test("all problems are told at once, with the nearest name", () => {
  expect(problemsOf(["--sead", "1", "--quick=yes", "-q", "--seed", "a", "--seed", "b"])).toEqual([
    'unknown option --sead, did you mean "seed"?',
    '--quick takes no value, and was given "yes"',
    "unknown option -q",
    "--seed is given more than once",
  ]);
});

test("names that all objects have are no options", () => {
  expect(problemsOf(["--constructor", "--__proto__=1"])).toEqual([
    "unknown option --constructor",
    "unknown option --__proto__",
  ]);
});

test.each(["1e2", "0x10", "-1", "1.5", "ten", "101"])("%s is no whole number from 1 to 100", (value) => {
  const given = readArguments(["--times", value], OPTIONS, {});
  given.whole("times", 1, 100);
  expect(given.problems).toEqual([`--times takes a whole number from 1 to 100, not "${value}"`]);
});

test("an option that npm has kept is told, and everything is refused with what mends it", () => {
  const given = readArguments(["--seed"], OPTIONS, { npm_config_quick: "true" });
  expect(() => given.refuse("Look again.")).toThrow(/npm kept --quick[\s\S]*--seed needs a value\nLook again\./);
});
