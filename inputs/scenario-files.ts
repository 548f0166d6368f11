import fc from "fast-check";
import { type BadInput, type Expected, type InputFile, textFile } from "./bad-input.ts";
import { oddExpression } from "./odd-values.ts";

type Plain = string | number | boolean | null | readonly Plain[] | { readonly [name: string]: Plain };

/** Every place in a scenario, as the names that lead there. */
function placesOf(value: Plain, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([name, inner]) => placesOf(inner, [...path, name]))];
}

/** Source of a value, with other source in the place of one of its parts. */
function sourceOf(
  value: Plain,
  at: readonly string[],
  other: string | undefined,
  path: readonly string[] = [],
): string {
  if (other !== undefined && at.length === path.length && at.every((name, index) => path[index] === name)) return other;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const inner = Object.entries(value).map(([name, each]) => {
    const source = sourceOf(each, at, other, [...path, name]);
    return source === "" ? "" : `${Array.isArray(value) ? "" : `${JSON.stringify(name)}: `}${source},`;
  });
  return Array.isArray(value) ? `[${inner.join(" ")}]` : `{${inner.join(" ")}}`;
}

/** What is no plain data in any place, or too much of it: by its source, not by asking the one who refuses it. */
const NEVER_DATA =
  /^(\(\) =>|\(\(\) =>|class |Symbol|1n$|new |\/x\/|Promise|globalThis|process$|\{ (get|toString|toJSON|constructor|prototype|\[)|\[1, , 2\]|-?Infinity|NaN|1e309)/;

function isList(scenario: Plain, at: readonly string[]): boolean {
  let found: unknown = scenario;
  for (const name of at) found = typeof found === "object" && found !== null ? Reflect.get(found, name) : undefined;
  return Array.isArray(found);
}

/** One value replaced, left out, doubled, or given a neighbour that nobody knows; up to three of these at once. */
function valueMutation(scenario: Plain): fc.Arbitrary<readonly [string, string, Expected]> {
  const place = fc.constantFrom(...placesOf(scenario));
  return fc.oneof(
    {
      weight: 5,
      arbitrary: fc
        .tuple(place, oddExpression)
        .map(
          ([at, other]) =>
            [
              `${at.join(".") || "(whole)"} is ${other.slice(0, 80)}`,
              `export default ${sourceOf(scenario, at, `(${other})`)};`,
              NEVER_DATA.test(other) ? "refused" : "either",
            ] as const,
        ),
    },
    {
      weight: 2,
      arbitrary: place
        .filter((at) => at.length > 0)
        .map(
          (at) => [`${at.join(".")} is left out`, `export default ${sourceOf(scenario, at, "")};`, "either"] as const,
        ),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(
          place,
          fc.constantFrom(
            "titel",
            "Load",
            "expct",
            "faults",
            "constructor",
            "__proto__",
            "",
            " ",
            "toString",
            "x".repeat(3_000),
          ),
          oddExpression,
        )
        .map(
          ([at, name, other]) =>
            [
              `${at.join(".") || "(whole)"} has ${JSON.stringify(name.slice(0, 20))} too`,
              `const scenario = ${sourceOf(scenario, [], undefined)};\nconst at = ${JSON.stringify(at)}.reduce((holder, name) => holder[name], scenario);\nif (typeof at === "object") Object.defineProperty(at, ${JSON.stringify(name)}, { value: ${other}, enumerable: true, configurable: true });\nelse throw new TypeError("no place for a field");\nexport default scenario;`,
              // A list has no fields to be unknown, and nothing is no field.
              isList(scenario, at) || other === "undefined" ? "either" : "refused",
            ] as const,
        ),
    },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom("timeline", "expect", "steady")
        .map(
          (list) =>
            [
              `${list} is there ten thousand times`,
              `const scenario = ${sourceOf(scenario, [], undefined)};\nexport default { ...scenario, ${list}: Array.from({ length: 10_000 }, () => scenario.${list}[0]) };`,
              "either",
            ] as const,
        ),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom("timeline", "expect").map(
        (list) =>
          [
            `the first of ${list} is there twice`,
            `const scenario = ${sourceOf(scenario, [], undefined)};\nexport default { ...scenario, ${list}: [scenario.${list}[0], ...scenario.${list}] };`,
            // Two faults on one part at a time; an objective may be asked for twice, or not.
            list === "timeline" ? "refused" : "either",
          ] as const,
      ),
    },
  );
}

/** What a module may do besides exporting, before (`{}` is the scenario) or instead of it. */
const MODULES: readonly (readonly [string, string])[] = [
  ["throws", "throw new Error('no scenario today');"],
  ["throws no error", "throw { toString() { throw 1; } };"],
  ["throws a megabyte", "throw new Error('x'.repeat(1_000_000));"],
  ["throws escape codes", "throw new Error('\\u001b[2J\\u001b]0;title\\u0007\\nverdict held');"],
  ["throws a proxy", "throw new Proxy({}, { get() { throw 1; } });"],
  [
    "throws deep down",
    "const f = (n: number): number => n === 0 ? (() => { throw new RangeError('deep'); })() : f(n - 1);\nf(500);",
  ],
  ["overflows its stack", "const f = (): number => f() + 1;\nf();"],
  ["never comes", "await new Promise(() => {});\nexport default {};"],
  ["waits for ever", "await new Promise((done) => setTimeout(done, 1e8));\nexport default {};"],
  ["ticks for ever", "setInterval(() => {}, 10);\nawait new Promise(() => {});"],
  ["computes for ever", "while (true) {}"],
  [
    "computes for ever in a promise",
    "const again = (): Promise<never> => Promise.resolve().then(again);\nawait again();",
  ],
  ["fills the memory", "const all = [];\nwhile (true) all.push({ x: [1, 2, 3] });"],
  ["fills the memory with text", "let text = 'x';\nfor (;;) text = text + text + String(text.length);"],
  ["ends the program", "process.exit(0);"],
  ["waits for a program", "import { execSync } from 'node:child_process';\nexecSync('sleep 60');"],
  ["waits for a lock", "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);"],
  [
    "ends the program as held, later",
    "setTimeout(() => process.exit(0), 5);\nawait new Promise((done) => setTimeout(done, 200));",
  ],
  ["sets the exit code", "process.exitCode = 0;\nexport default {};"],
  ["aborts", "process.abort();"],
  [
    "rejects",
    "void Promise.reject(new Error('nobody listens'));\nawait new Promise((done) => setTimeout(done, 50));\nexport default {};",
  ],
  [
    "throws later",
    "setTimeout(() => { throw new Error('later'); }, 1);\nawait new Promise((done) => setTimeout(done, 100));\nexport default {};",
  ],
  [
    "prints",
    "console.log('\\u001b[2J\\u001b[31mverdict held');\nconsole.error('x'.repeat(1_000_000));\nexport default {};",
  ],
  ["prints for ever", "for (;;) console.log('verdict held');"],
  ["exports nothing", "export const scenario = {};"],
  ["exports undefined", "export default undefined;"],
  ["exports a function", "export default () => ({});"],
  ["exports a class", "export default class Scenario {}"],
  ["exports a promise", "export default Promise.resolve({});"],
  ["exports itself", "import * as self from './scenario.ts';\nexport default self;"],
  ["exports a getter", "export default { get title() { while (true) {} } };"],
  ["exports the world", "export default globalThis;"],
  ["imports what is not there", "import { nothing } from './nowhere.ts';\nexport default nothing;"],
  ["imports a name that is not there", "import { nothing } from 'node:fs';\nexport default nothing;"],
  ["imports from the network", "import x from 'http://127.0.0.1:9/x.ts';\nexport default x;"],
  ["imports a text as JSON", "import x from './scenario.ts' with { type: 'json' };\nexport default x;"],
  ["has an enum", "enum A { a }\nexport default A;"],
  ["is CommonJS", "module.exports = {};"],
  [
    "forges an answer",
    "import { parentPort } from 'node:worker_threads';\nparentPort?.postMessage({ kind: 'nonsense' });\nexport default {};",
  ],
  [
    "changes what all objects have",
    "Object.prototype.title = 'x';\nArray.prototype.map = () => { throw new Error('changed'); };\nJSON.stringify = () => 'x';\nexport default {};",
  ],
  [
    "takes away what everybody uses",
    "globalThis.Object = undefined as never;\nglobalThis.Promise = undefined as never;\nexport default {};",
  ],
  ["freezes what all objects have", "Object.freeze(Object.prototype);\nexport default {};"],
  ["is empty", ""],
  ["is a comment", "// nothing"],
  ["is JSON", '{ "title": "x" }'],
  ["is YAML", "title: x\nload: &a [*a]\n"],
  ["is HTML", "<!doctype html><script>alert(1)</script>"],
  ["is nested deeply", `export default ${"[".repeat(5_000)}${"]".repeat(5_000)};`],
  ["is one long line", `export default { title: "${"x".repeat(900_000)}" };`],
];

/** Something happened to the text or the bytes of a good file. */
function textMutation(good: string): fc.Arbitrary<readonly [string, string | Uint8Array, Expected?]> {
  const bytes = new TextEncoder().encode(good);
  const where = fc.nat(good.length - 1);
  return fc.oneof(
    fc
      .tuple(where, fc.integer({ min: 1, max: 40 }))
      .map(
        ([at, length]) =>
          [`${length} characters are gone at ${at}`, good.slice(0, at) + good.slice(at + length)] as const,
      ),
    where.map((at) => [`it ends at ${at}`, good.slice(0, at)] as const),
    fc
      .tuple(where, fc.constantFrom(..."{}[](),;:'\"`\\/*\0\u2028\ufeff#@<"))
      .map(
        ([at, sign]) => [`${JSON.stringify(sign)} stands at ${at}`, good.slice(0, at) + sign + good.slice(at)] as const,
      ),
    fc.tuple(where, fc.integer({ min: 128, max: 255 })).map(([at, byte]) => {
      const broken = Uint8Array.from(bytes);
      broken[Math.min(at, broken.length - 1)] = byte;
      return [`byte ${byte} stands at ${at}`, broken, "refused"] as const;
    }),
    fc.constantFrom(
      ["it is two megabytes long", `${good}\n//${"x".repeat(2_000_000)}`, "refused"] as const,
      [
        "it is written in UTF-16",
        Uint8Array.from([...good].flatMap((sign) => [sign.charCodeAt(0) & 255, sign.charCodeAt(0) >> 8])),
        "refused",
      ] as const,
      ["it is full of zeros", new Uint8Array(1_000), "refused"] as const,
    ),
  );
}

/** Names and kinds of files that are no scenario, whatever is in them. */
const ODD_FILES: readonly (readonly [string, InputFile])[] = [
  ["a folder", { name: "scenario.ts", kind: "folder", content: "" }],
  ["a pipe", { name: "scenario.ts", kind: "pipe", content: "" }],
  ["a link to itself", { name: "scenario.ts", kind: "loop", content: "" }],
  ["a link to nowhere", { name: "scenario.ts", kind: "link", content: "/nowhere/at/all.ts" }],
  ["a link to a device", { name: "scenario.ts", kind: "link", content: "/dev/zero" }],
  ["called by two dots", textFile("...ts", "export default {};")],
  ["called by a line feed", textFile("a\nb.ts", "export default {};")],
  ["called by escape codes", textFile("\u001b[31mred.ts", "export default {};")],
  ["called by a turned name", textFile("\u202eabc.ts", "export default {};")],
  ["called like an option", textFile("--quick.ts", "export default {};")],
  ["called by a shell's words", textFile("$(id);`id`.ts", "export default {};")],
  ["called by 200 letters", textFile(`${"x".repeat(200)}.ts`, "export default {};")],
  ["called by an address's signs", textFile("a%2e%2e#b?c.ts", "export default {};")],
  ["called like an addon", textFile("scenario.node", "\u007fELF")],
  ["called like data", textFile("scenario.json", "{}")],
  ["not there", { name: "other.ts", kind: "file", content: "" }],
];

/** Files that are given as a scenario: `scenario` is a good one. */
export function scenarioFiles(scenario: Plain): fc.Arbitrary<BadInput> {
  const good = `export default ${JSON.stringify(scenario, undefined, 2)};\n`;
  const asFile =
    (otherwise: Expected) =>
    ([what, content, expected]: readonly [string, string | Uint8Array, Expected?]): BadInput =>
      fileInput(what, textFile("scenario.ts", content), expected ?? otherwise);
  return fc.oneof(
    { weight: 6, arbitrary: valueMutation(scenario).map(asFile("either")) },
    { weight: 2, arbitrary: fc.constantFrom(...MODULES).map(asFile("refused")) },
    { weight: 2, arbitrary: textMutation(good).map(asFile("either")) },
    { weight: 1, arbitrary: fc.constantFrom(...ODD_FILES).map(([what, file]) => fileInput(what, file, "refused")) },
    { weight: 1, arbitrary: fc.constant(["nothing was done to it", good, "taken"] as const).map(asFile("taken")) },
  );
}

function fileInput(what: string, file: InputFile, expected: Expected): BadInput {
  const name = what === "not there" ? "scenario.ts" : file.name;
  return {
    what: `scenario file: ${what}`,
    // Never run: what happens to be good is only looked at.
    words: ["check", `@/${name}`],
    files: [file],
    environment: {},
    places: [name],
    expected,
  };
}
