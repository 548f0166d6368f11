import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { seedOf } from "#core/draw.ts";
import { Failure } from "#core/errors.ts";
import { OPTIONS, readCommandLine } from "./options.ts";

const NAMES = { substrates: ["local"], bugs: ["one-row-twice"], protections: ["hot-tier", "warm-tier", "pools"] };

function problemsOf(argv: readonly string[], env: NodeJS.ProcessEnv = {}): readonly string[] {
  try {
    readCommandLine(argv, env, NAMES);
    return [];
  } catch (thrown) {
    if (thrown instanceof Failure) return thrown.problems;
    throw thrown;
  }
}

describe("the command line", () => {
  it("has no option that npm would keep for itself: none equals or begins one of npm's", () => {
    const npm = Object.keys(
      JSON.parse(execFileSync("npm", ["config", "list", "--long", "--json"], { encoding: "utf8" })),
    );
    expect(npm.length).toBeGreaterThan(100);
    for (const option of Object.keys(OPTIONS)) {
      // `--help` in front of the `--` is npm's own on purpose.
      if (option !== "help") expect(npm.filter((name) => name.startsWith(option))).toEqual([]);
    }
  });

  it("reads what it was given", () => {
    const line = readCommandLine(
      [
        "black-friday",
        "--system",
        "monolith",
        "--without",
        "hot-tier,warm-tier",
        "--without",
        "pools",
        "--scale",
        "250",
        "--quick",
      ],
      {},
      NAMES,
    );
    expect(line).toMatchObject({
      words: ["black-friday"],
      system: "monolith",
      without: ["hot-tier", "warm-tier", "pools"],
      scale: 250,
      pace: "quick",
      substrate: "local",
    });
  });

  it("names every problem at once, and what was probably meant", () => {
    const problems = problemsOf([
      "--sytem",
      "monolith",
      "--scale",
      "0",
      "--reporter",
      "lins",
      "--quick",
      "--full-length",
      "--seed",
    ]);
    expect(problems).toHaveLength(5);
    expect(problems.join("\n")).toContain('did you mean "system"?');
    expect(problems.join("\n")).toContain('did you mean "lines"?');
  });

  it("takes the protections that the shop has, and says all that it does not take", () => {
    expect(problemsOf(["shop", "--without", "hot-tear,pools,", "--seed", "--quick", "--without", "--plant=x"])).toEqual(
      [
        "--seed needs a value",
        "--without needs a value",
        '--plant takes one-row-twice, not "x"',
        '--without hot-tear: no such protection, did you mean "hot-tier"?',
        "--without : no such protection",
      ],
    );
  });

  it("takes the bugs that the shop has, and no other", () => {
    expect(readCommandLine(["black-friday", "--plant", "one-row-twice"], {}, NAMES).plant).toBe("one-row-twice");
    expect(problemsOf(["black-friday", "--plant", "one-row-twise"])[0]).toContain('did you mean "one-row-twice"?');
  });

  it("notices an option that npm swallowed because the `--` was forgotten", () => {
    expect(problemsOf(["black-friday"], { npm_config_scale: "250" })[0]).toContain("npm kept --scale for itself");
  });

  it("takes no name that all objects have for an option, no value for a flag, and only digits for a number", () => {
    expect(
      problemsOf(["--constructor", "--__proto__=1", "--quick=no", "--scale", "1e2", "--keep-results", "0x10"]),
    ).toEqual([
      "unknown option --constructor",
      "unknown option --__proto__",
      '--quick takes no value, and was given "no"',
      '--scale takes a whole number from 1 to 100000, not "1e2"',
      '--keep-results takes a whole number from 1 to 10000, not "0x10"',
    ]);
  });

  it("takes the seed of every attempt, with the same --repeat, so that each can be repeated", () => {
    expect(problemsOf(["x", "--seed", "s".repeat(65)])).toHaveLength(1);
    for (const length of [1, 60, 62, 63, 64]) {
      let seed = "s".repeat(length);
      for (const attempt of [1, 2, 9, 10, 10, 2]) {
        seed = seedOf(seed, attempt);
        expect(readCommandLine(["x", "--seed", seed, "--repeat", "10"], {}, NAMES).seed).toBe(seed);
      }
    }
  });

  it("shows a word again on one line, without what a terminal would obey, and no longer than it can be meant", () => {
    const [problem = ""] = problemsOf([`--system=\u001b[2J\n${"x".repeat(100_000)}`]);
    expect(problem).toMatch(/^--system takes scaled or monolith, not " x{78}…"$/);
  });
});
