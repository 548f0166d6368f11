import { OPTIONS } from "./options.ts";

const USAGES = [
  ["(nothing)", "list the scenarios"],
  ["<name or file>", "run a scenario: one of the list, or a .ts, .mts, .js or .mjs file"],
  ["explain <name>", "what a scenario is about, and its plan in words"],
  ["check <name>", "what would be judged, with how many samples"],
  ["shop", "start the shop alone and print its addresses (also: npm run shop)"],
  ["report <folder>", "write the files of a result folder again"],
  ["compare <a> <b>", "two result folders side by side"],
  ["doctor", "examine this machine"],
  ["recover", "clean up what an earlier run left"],
] as const;

/** The help text; the only place, besides the reference page that is made from it, that lists commands. */
export function helpText(): readonly string[] {
  const options = Object.entries(OPTIONS).map(([name, option]) => {
    const value = "value" in option ? ` <${option.value}>` : "";
    return `  ${`--${name}${value}`.padEnd(40)}${option.help}`;
  });
  return [
    "npm run scenario [-- ] <what>",
    "",
    ...USAGES.map(([usage, help]) => `  ${usage.padEnd(40)}${help}`),
    "",
    "options, behind `--`, as in `npm run scenario black-friday -- --system monolith`:",
    ...options,
    "",
    "exit codes: 0 held, 1 broken, 2 unknown, 64 usage, 69 environment, 70 a defect of the testbed or something left behind, 130 interrupted, 143 terminated",
  ];
}
