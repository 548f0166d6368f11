import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { Failure } from "./errors.ts";
import { explained, explainFailure } from "./explain-failure.ts";

function told(thrown: unknown): { readonly code: number; readonly lines: readonly string[] } {
  const lines: string[] = [];
  return { code: explainFailure(thrown, (text) => lines.push(text)), lines };
}

test("a failure is its problems and what to do next, without what a terminal would obey", () => {
  expect(told(new Failure("usage", ["a \u001b[31mred\u001b[0m word", "b"], "Mend it."))).toEqual({
    code: 64,
    lines: ["a red word", "b", "Mend it."],
  });
});

test("many problems and long ones are cut, and it is said", () => {
  const { lines } = told(
    new Failure(
      "usage",
      Array.from({ length: 100 }, () => "x".repeat(5_000)),
      "Mend it.",
    ),
  );
  expect(lines).toHaveLength(62);
  expect(lines.at(-2)).toBe("and 40 more problems");
  expect(Math.max(...lines.map((line) => line.length))).toBe(1_000);
});

test("a file that the machine refuses is of the environment, with what was tried and on what", async () => {
  const thrown: unknown = await readFile("/dev/null/x").catch((error: unknown) => error);
  expect(told(thrown)).toMatchObject({
    code: 69,
    lines: [expect.stringContaining("'/dev/null/x'"), expect.any(String)],
  });
});

test("anything else is our defect, with its stack", () => {
  expect(told(new TypeError("oops"))).toMatchObject({ code: 70, lines: [expect.stringContaining("at ")] });
});

test("a program's exit code is its own, or that of what it threw", async () => {
  const lines: string[] = [];
  const say = (text: string): void => void lines.push(text);
  expect(await explained(async () => 2, say)).toBe(2);
  const refused = async (): Promise<number> => {
    throw new Failure("usage", ["a word too many"], "Leave it out.");
  };
  expect(await explained(refused, say)).toBe(64);
  expect(lines).toEqual(["a word too many", "Leave it out."]);
});
