import fc from "fast-check";
import { type BadInput, textFile } from "./bad-input.ts";
import { oddWord } from "./odd-values.ts";

/**
 * Options by the words that are good for them. Every line ends at a door that is shut: the state folder is a file, so
 * that a line which happens to be good ends with 69 before anything is started.
 */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  system: ["scaled", "monolith"],
  without: ["hot-tier"],
  scale: ["500"],
  seed: ["a1"],
  substrate: ["local"],
  "keep-results": ["3"],
  reporter: ["lines"],
};
const FLAGS = ["quick", "full-length", "keep"];
const COMMANDS = ["explain", "check", "report", "compare", "shop", "doctor", "recover"];

const SHUT = textFile("state", "no folder");

const option = fc.oneof(
  fc.constantFrom(...Object.entries(VALUES)).map(([name, [value = ""]]) => [`--${name}`, value]),
  fc.tuple(fc.constantFrom(...Object.keys(VALUES)), oddWord).map(([name, value]) => [`--${name}=${value}`]),
  fc.tuple(fc.constantFrom(...Object.keys(VALUES)), oddWord).map(([name, value]) => [`--${name}`, value]),
  fc.constantFrom(...Object.keys(VALUES)).map((name) => [`--${name}`]),
  fc.tuple(fc.constantFrom(...FLAGS), oddWord).map(([name, value]) => [`--${name}=${value}`]),
  fc.constantFrom(...FLAGS).map((name) => [`--${name}`]),
  oddWord.map((word) => [`--${word}`]),
  fc
    .constantFrom(
      "--sytem",
      "--no-quick",
      "--Quick",
      "-q",
      "-xyz",
      "--",
      "---",
      "--=",
      "--seed=",
      "--__proto__=1",
      "--constructor",
    )
    .map((word) => [word]),
);

/** A run by name, with options good and bad. */
const options: fc.Arbitrary<BadInput> = fc.array(option, { minLength: 1, maxLength: 4 }).map((given) => {
  const words = ["black-friday", ...given.flat()];
  return line("options", words);
});

/** Words that are no scenario and no command, and commands with words too many or too few. */
const words: fc.Arbitrary<BadInput> = fc.oneof(
  oddWord.map((word) => line("a word", [word])),
  fc.tuple(oddWord, oddWord).map((both) => line("two words", both)),
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
    .map((word) => line("nearly a name", [word])),
  fc
    .tuple(fc.constantFrom(...COMMANDS), fc.array(oddWord, { maxLength: 3 }))
    .filter(([command, more]) => more.length > 0 || !["doctor", "recover", "shop"].includes(command))
    .map(([command, more]) => line(`the command ${command}`, [command, ...more])),
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
    ...line(`${name} in the environment`, given),
    environment: {
      DOORBUSTER_STATE: "@/state",
      [name]: value,
    },
  }));

export const commandLines: fc.Arbitrary<BadInput> = fc.oneof(
  { weight: 5, arbitrary: options },
  { weight: 3, arbitrary: words },
  { weight: 1, arbitrary: environments },
);

function line(what: string, given: readonly string[]): BadInput {
  return {
    what: `command line: ${what}`,
    words: given,
    files: [SHUT],
    environment: { DOORBUSTER_STATE: "@/state" },
    // An option is named by its own name; everything else by the word itself, or by what should stand there.
    places: ["--", "npm run scenario", ...given.filter((word) => word !== ""), "state", "scale", "none.ts"],
  };
}
