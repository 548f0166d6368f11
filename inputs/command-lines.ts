import fc from "fast-check";
import { type BadInput, textFile } from "./bad-input.ts";
import { oddWord } from "./odd-values.ts";

/**
 * Options with a word that is good for each, and how a person can tell whether another is. Every line ends at a door that
 * is shut: the state folder holds other things, so that a line which is good ends with 69 before anything is started.
 */
const VALUES: Readonly<Record<string, { readonly good: string; readonly takes: (word: string) => boolean }>> = {
  system: { good: "monolith", takes: (word) => word === "scaled" || word === "monolith" },
  without: { good: "hot-tier", takes: (word) => word === "hot-tier" },
  plant: { good: "outbox-row-twice", takes: (word) => word === "outbox-row-twice" },
  scale: { good: "500", takes: isWhole(1, 100_000) },
  seed: { good: "a1", takes: (word) => /^[\w.-]{1,64}$/.test(word) },
  substrate: { good: "local", takes: (word) => word === "local" },
  repeat: { good: "2", takes: isWhole(1, 10) },
  "keep-results": { good: "3", takes: isWhole(1, 10_000) },
  reporter: { good: "lines", takes: (word) => /^(live|lines|jsonl|silent)$/.test(word) },
};
const FLAGS = ["quick", "full-length", "keep"];
const COMMANDS = ["explain", "check", "report", "compare", "shop", "doctor", "recover"];
/** Whether a shop can be had so, or a load of this size fits the machine, is not to be told from the word alone. */
const DEPENDS = ["without", "plant", "scale", "repeat"];

const SHUT = textFile("state/letters.txt", "not the state of runs");

function isWhole(low: number, high: number): (word: string) => boolean {
  return (word) => /^\d+$/.test(word) && Number(word) >= low && Number(word) <= high;
}

/** A piece of a command line: the option that it is about, if it is a good one, and its words. */
interface Piece {
  readonly words: readonly string[];
  readonly name: string;
  readonly isGood: boolean;
}

/** No option by itself: whoever types a value that begins with a dash means an option. */
function isValue(word: string): boolean {
  return !/^-(?!\d|$)/.test(word) && word.trim() !== "";
}

const named = fc.constantFrom(...Object.keys(VALUES));

function takes(name: string, word: string): boolean {
  return isValue(word) && VALUES[name]?.takes(word) === true;
}

const option: fc.Arbitrary<Piece> = fc.oneof(
  named.map((name) => ({ name, words: [`--${name}`, VALUES[name]?.good ?? ""], isGood: true })),
  fc.tuple(named, oddWord).map(([name, word]) => ({
    name,
    words: [`--${name}=${word}`],
    isGood: word.trim() !== "" && VALUES[name]?.takes(word) === true,
  })),
  fc.tuple(named, oddWord).map(([name, word]) => ({ name, words: [`--${name}`, word], isGood: takes(name, word) })),
  // Whatever comes behind it is an option, or nothing.
  named.map((name) => ({ name, words: [`--${name}`, "--keep"], isGood: false })),
  named.map((name) => ({ name, words: [`--${name}=`], isGood: false })),
  fc
    .tuple(fc.constantFrom(...FLAGS), oddWord)
    .map(([name, word]) => ({ name, words: [`--${name}=${word}`], isGood: false })),
  fc.constantFrom(...FLAGS).map((name) => ({ name, words: [`--${name}`], isGood: true })),
  oddWord.filter((word) => word !== "").map((word) => ({ name: "", words: [`--${word}`], isGood: false })),
  fc
    .constantFrom(
      "--sytem",
      "--no-quick",
      "--Quick",
      "-q",
      "-xyz",
      "---",
      "--=",
      "--seed=",
      "--__proto__=1",
      "--constructor",
    )
    .map((word) => ({ name: "", words: [word], isGood: false })),
);

/** Without looking at how options are read: each piece is good by itself, and they go together. */
function expectedOf(pieces: readonly Piece[]): BadInput["expected"] {
  const names = pieces.map(({ name }) => name);
  const twice = names.some((name, at) => name !== "without" && name in VALUES && names.indexOf(name) !== at);
  const excluding = names.includes("quick") && names.includes("full-length");
  if (twice || excluding || pieces.some(({ isGood }) => !isGood)) return "refused";
  return names.some((name) => DEPENDS.includes(name)) ? "either" : "taken";
}

/** A run by name or a shop, with options good and bad. */
const options: fc.Arbitrary<BadInput> = fc
  .tuple(fc.constantFrom("black-friday", "shop"), fc.array(option, { minLength: 1, maxLength: 4 }))
  .map(([what, pieces]) =>
    line(`options of ${what}`, [what, ...pieces.flatMap(({ words }) => words)], expectedOf(pieces)),
  );

/** What only looks, on what is there: it has to be taken. */
const good: fc.Arbitrary<BadInput> = fc
  .constantFrom(
    [],
    ["--help"],
    ["recover"],
    ["check", "black-friday"],
    ["explain", "black-friday", "--system", "monolith"],
    ["check", "black-friday", "--quick", "--without=hot-tier,warm-tier"],
    ["explain", "order-storm", "--full-length"],
  )
  .map((words) => line("good", words, "taken"));

/** Words that are no scenario and no command, and commands with words too many or too few. */
const words: fc.Arbitrary<BadInput> = fc.oneof(
  oddWord.map((word) => line("a word", [word], "refused")),
  fc.tuple(oddWord, oddWord).map((both) => line("two words", both, "refused")),
  fc
    .constantFrom(
      "black-fridy",
      "blackfriday",
      "black-friday.ts",
      "BLACK-FRIDAY",
      "shared",
      "shared/load",
      "./black-friday",
      "http://127.0.0.1/x.ts",
      "file:///etc/passwd",
    )
    .map((word) => line("nearly a name", [word], "refused")),
  fc
    .tuple(fc.constantFrom(...COMMANDS), fc.array(oddWord, { maxLength: 3 }))
    .filter(([command, more]) => more.length > 0 || !["doctor", "recover", "shop"].includes(command))
    .map(([command, more]) => line(`the command ${command}`, [command, ...more], "refused")),
);

/** The folders that the environment names. */
const ODD_FOLDERS = [
  "",
  "/dev/null",
  "/proc/self/mem",
  "/proc/nowhere/x",
  "@/state",
  "@/state/below",
  "relative",
  "..",
  "a\nb",
  "\u001b[31mred",
  "x".repeat(300),
  `/${"x/".repeat(3_000)}`,
  "~",
  "$(id)",
  "--x",
];

const environments: fc.Arbitrary<BadInput> = fc
  .tuple(
    fc.constantFrom(
      "HOME",
      "TMPDIR",
      "PATH",
      "XDG_CACHE_HOME",
      "TERM",
      "COLORTERM",
      "TZ",
      "DOORBUSTER_CACHE",
      "DOORBUSTER_PARENT",
      "npm_config_scale",
      "npm_config_quick",
      "NO_COLOR",
    ),
    fc.constantFrom(...ODD_FOLDERS),
    fc.constantFrom(
      ["black-friday", "--scale", "0"],
      ["nothing-of-this-name"],
      ["check", "@/none.ts"],
      ["black-friday"],
    ),
  )
  .map(([name, value, given]) => ({
    ...line(
      `${name} in the environment`,
      given,
      given.length === 1 && given[0] === "black-friday" ? "either" : "refused",
    ),
    environment: {
      DOORBUSTER_STATE: "@/state",
      [name]: value,
    },
  }));

/** State folders that cannot be trusted, and some that can; nothing below them may be acted upon. */
const stateFolders: fc.Arbitrary<BadInput> = fc
  .tuple(
    fc.constantFrom<readonly [string, BadInput["files"], BadInput["expected"]]>(
      ["a file", [textFile("state", "")], "refused"],
      ["a link", [{ name: "state", kind: "link", content: "/var" }], "refused"],
      ["a link to itself", [{ name: "state", kind: "loop", content: "" }], "refused"],
      ["a pipe", [{ name: "state", kind: "pipe", content: "" }], "refused"],
      ["everybody's", [{ name: "state", kind: "open-folder", content: "" }], "refused"],
      ["one whose runs are everybody's", [{ name: "state/runs", kind: "open-folder", content: "" }], "refused"],
      ["one whose runs are a file", [textFile("state/runs", "")], "refused"],
      ["empty", [{ name: "state", kind: "folder", content: "" }], "taken"],
      ["not there", [], "taken"],
    ),
    fc.constantFrom(["check", "black-friday"], ["recover"], ["explain", "black-friday"]),
  )
  .map(([[what, files, expected], words]) => ({
    ...line(`a state folder that is ${what}`, words, expected),
    files,
  }));

export const commandLines: fc.Arbitrary<BadInput> = fc.oneof(
  { weight: 5, arbitrary: options },
  { weight: 3, arbitrary: words },
  { weight: 1, arbitrary: environments },
  { weight: 1, arbitrary: stateFolders },
  { weight: 1, arbitrary: good },
);

function line(what: string, given: readonly string[], expected: BadInput["expected"]): BadInput {
  return {
    what: `command line: ${what}`,
    words: given,
    files: [SHUT],
    environment: { DOORBUSTER_STATE: "@/state" },
    // An option is named by its own name; everything else by the word itself, or by what should stand there.
    places: ["--", "npm run scenario", ...given.filter((word) => word !== ""), "state", "scale", "none.ts"],
    expected,
  };
}
