import { z } from "zod";
import { cleanLine } from "./foreign-text.ts";
import { suggestion } from "./suggestion.ts";

/** What a person reads of one problem. */
const LONGEST_VALUE = 60;
/** More than these show nothing new: a mistake in a loop makes thousands. */
const MOST_PROBLEMS = 50;

/** Each problem as `place: sentence`, with what was found there and what was probably meant. */
export function problemsOf(error: z.ZodError, value: unknown, schema: z.ZodType): readonly string[] {
  const fields = [...new Set(fieldsOf(schema))];
  const problems = error.issues.flatMap((issue) =>
    sentences(issue, at(value, issue.path), fields).map((sentence) => `${pathOf(issue.path)}: ${sentence}`),
  );
  if (problems.length <= MOST_PROBLEMS) return problems;
  return [...problems.slice(0, MOST_PROBLEMS), `and ${problems.length - MOST_PROBLEMS} more problems`];
}

function pathOf(path: readonly PropertyKey[]): string {
  return path.length === 0 ? "(whole)" : cleanLine(path.map(String).join("."), 200);
}

function sentences(issue: z.core.$ZodIssue, found: unknown, fields: readonly string[]): readonly string[] {
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => `there is no field ${shown(key)} here${suggestion(key, fields)}`);
  if (issue.code !== "custom" && found === undefined) return ["it is missing"];
  switch (issue.code) {
    case "invalid_value":
      return [noneOf(found, issue.values.map(String))];
    case "invalid_type":
      return [`it has to be ${WORDS[issue.expected] ?? issue.expected}, not ${shown(found)}`];
    case "invalid_union":
      return [
        "options" in issue && Array.isArray(issue.options)
          ? noneOf(found, issue.options.map(String))
          : `${issue.message}, not ${shown(found)}`,
      ];
    case "custom":
      return [cleanLine(issue.message, 1_000)];
    default:
      return [
        `${cleanLine(issue.message.replace(/^Too (small|big): expected \w+ to (be|have) /, "it has to be "), 500)}, not ${shown(found)}`,
      ];
  }
}

const WORDS: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
};

function noneOf(found: unknown, choices: readonly string[]): string {
  const near = typeof found === "string" ? suggestion(found, choices) : "";
  return `${shown(found)} is none of ${choices.join(", ")}${near}`;
}

function shown(found: unknown): string {
  if (typeof found === "string") return `"${cleanLine(found, LONGEST_VALUE)}"`;
  if (Array.isArray(found)) return `a list of ${found.length}`;
  return typeof found === "object" && found !== null ? "an object" : String(found);
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  let found = value;
  for (const name of path) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, name)) return undefined;
    found = Reflect.get(found, name);
  }
  return found;
}

/** Every name that a field has anywhere in a schema: what an unknown name is compared with. */
function fieldsOf(schema: unknown): readonly string[] {
  if (schema instanceof z.ZodPipe) return fieldsOf(schema.in);
  if (schema instanceof z.ZodOptional) return fieldsOf(schema.unwrap());
  if (schema instanceof z.ZodArray) return fieldsOf(schema.element);
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(fieldsOf);
  if (!(schema instanceof z.ZodObject)) return [];
  return Object.entries(schema.shape).flatMap(([name, inner]) => [name, ...fieldsOf(inner)]);
}
