import { Failure } from "./errors.ts";
import { cleanLine } from "./foreign-text.ts";
import { suggestion } from "./suggestion.ts";

/** An option of a command line: a flag, or one with a text behind it, which may be asked for several times. */
export interface Option {
  readonly type: "boolean" | "string";
  readonly multiple?: boolean;
}

/** What a command line says, and what is wrong with it: every front end reads its own by this, in the same manner. */
export interface Arguments<Name extends string> {
  /** What is no option and no option's value, in its order. */
  readonly words: readonly string[];
  /** A sentence each. A front end adds its own, and refuses all at once. */
  readonly problems: string[];
  readonly flag: (name: Name) => boolean;
  readonly text: (name: Name) => string | undefined;
  /** Of an option that may be given several times; commas separate too. */
  readonly texts: (name: Name) => readonly string[];
  /** Only digits: "1e2", "0x10" and " 5 " are numbers to a program, and mistakes to a person. */
  readonly whole: (name: Name, low: number, high: number) => number | undefined;
  readonly oneOf: <T extends string>(name: Name, choices: readonly T[]) => T | undefined;
  /** @throws Failure of kind `usage` with every problem, when there is one. */
  readonly refuse: (mend: string) => void;
}

/**
 * Reads a command line. An option's value stands behind `=` or is the next word, and is never an option itself. `env` is
 * looked into for options that npm has kept for itself, because a `--` was forgotten.
 */
export function readArguments<Name extends string>(
  argv: readonly string[],
  options: Readonly<Record<Name, Option>>,
  env: Readonly<Record<string, string | undefined>>,
): Arguments<Name> {
  const { words, given, problems } = sorted(argv, options);
  problems.unshift(...swallowedByNpm(Object.keys(options), env));
  const text = (name: Name): string | undefined => given.get(name)?.at(-1);
  return {
    words,
    problems,
    flag: (name) => given.has(name),
    text,
    texts: (name) => given.get(name)?.flatMap((value) => value.split(",").map((each) => each.trim())) ?? [],
    whole(name, low, high) {
      const value = text(name);
      if (value === undefined) return undefined;
      const number = Number(value);
      if (/^\d+$/.test(value) && number >= low && number <= high) return number;
      problems.push(`--${name} takes a whole number from ${low} to ${high}, not "${told(value)}"`);
      return undefined;
    },
    oneOf(name, choices) {
      const value = text(name);
      const chosen = choices.find((choice) => choice === value);
      if (value !== undefined && chosen === undefined)
        problems.push(`--${name} takes ${choices.join(" or ")}, not "${told(value)}"${suggestion(value, choices)}`);
      return chosen;
    },
    refuse(mend) {
      if (problems.length > 0) throw new Failure("usage", problems, mend);
    },
  };
}

/** A word as it is shown again: on one line, and no longer than a person can have meant. */
export function told(word: string): string {
  return cleanLine(word, 80);
}

interface Sorted {
  readonly words: readonly string[];
  /** Values by option; a flag has an empty one. */
  readonly given: ReadonlyMap<string, readonly string[]>;
  readonly problems: string[];
}

function sorted(argv: readonly string[], options: Readonly<Record<string, Option>>): Sorted {
  const words: string[] = [];
  const problems: string[] = [];
  const given = new Map<string, string[]>();
  const end = argv.indexOf("--");
  const rest = [...(end === -1 ? argv : argv.slice(0, end))];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (!isOption(word)) {
      words.push(word);
      continue;
    }
    const [name, inline] = parted(word);
    const option = Object.hasOwn(options, name) ? options[name] : undefined;
    if (option === undefined) {
      problems.push(`unknown option ${told(optionOf(word))}${suggestion(name, Object.keys(options))}`);
      continue;
    }
    if (option.type === "boolean" && inline !== undefined)
      problems.push(`--${name} takes no value, and was given "${told(inline)}"`);
    const behind = option.type === "string" && inline === undefined ? valueBehind(rest) : inline;
    if (option.type === "string" && (behind === undefined || behind.trim() === "")) {
      problems.push(`--${name} needs a value`);
      continue;
    }
    const values = given.get(name) ?? [];
    if (values.length === 1 && option.type === "string" && option.multiple !== true)
      problems.push(`--${name} is given more than once`);
    given.set(name, [...values, behind ?? ""]);
  }
  if (end !== -1) words.push(...argv.slice(end + 1));
  return { words, given, problems };
}

/** A dash alone is a word, and so is a number below zero: whoever is given one says what is wrong with it. */
function isOption(word: string): boolean {
  return /^-(?!\d|$)/.test(word);
}

function optionOf(word: string): string {
  return word.split("=", 1)[0] ?? word;
}

function parted(word: string): readonly [string, string | undefined] {
  const at = word.indexOf("=");
  const name = optionOf(word).replace(/^--?/, "");
  // One dash begins no option of ours, but is probably meant for one.
  return [word.startsWith("--") ? name : `-${name}`, at === -1 ? undefined : word.slice(at + 1)];
}

/** The next word, where it is none of the options: a person who forgets a value did not mean the one behind. */
function valueBehind(rest: string[]): string | undefined {
  const [next] = rest;
  if (next === undefined || isOption(next)) return undefined;
  return rest.shift();
}

/** Without the `--` npm takes an option for its own, and it would silently be without effect. */
function swallowedByNpm(
  names: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  return names
    .filter((name) => name !== "help" && env[`npm_config_${name.replaceAll("-", "_")}`] !== undefined)
    .map((name) => `npm kept --${name} for itself: write it behind a \`--\`, as in \`npm run ... -- --${name}\``);
}
