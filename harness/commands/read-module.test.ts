import { execFileSync, spawnSync } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isFileName, readModule } from "./read-module.ts";

const LIBRARIES = join(import.meta.dirname, "..", "..", "scenarios", "shared");
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "doorbuster-module-"));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function read(source: string | Uint8Array, name = "scenario.ts"): Promise<unknown> {
  await writeFile(join(folder, name), source);
  const found = await readModule(join(folder, name), LIBRARIES);
  return found.kind === "value" ? found.value : found.problems.join("\n");
}

test("a module's default export comes as plain data, and what it prints does not come at all", async () => {
  expect(await read("console.log('\\u001b[2J'); const a: number = 1;\nexport default { a, list: [1, 'x'] };")).toEqual({
    a: 1,
    list: [1, "x"],
  });
});

test.each([
  ["does not parse", "export default {\n  a: ,\n};", /^line 2: /],
  ["throws", "const a = 1;\nthrow new Error('not today');", /^line 2:\d+: not today$/],
  ["throws what has no words", "throw { toString() { throw 1; } };", /^it throws something that has no words$/],
  ["imports what is not there", "import x from './nowhere.ts';\nexport default x;", /Cannot find module/],
  ["exports nothing", "export const a = 1;", /no default export/],
  ["exports a function", "export default () => 1;", /^\(whole\): a function is no plain data$/],
  ["never finishes", "await new Promise(() => {});", /^it never finishes loading/],
  ["ends the program", "process.exit(0);", /^it never finishes loading.*ends the program$/],
  ["waits", "setInterval(() => {}, 50);\nawait new Promise(() => {});", /^it waits for more than/],
  [
    "waits for a program",
    "import { execSync } from 'node:child_process';\nexecSync('sleep 300');",
    /^it waits for more than \d+ ms for a program, a file or a lock/,
  ],
  [
    "waits without a clock",
    "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);",
    /^it waits for more than \d+ ms/,
  ],
  ["computes", "for (;;) {}", /^it computes for more than/],
  ["prints for ever", "for (;;) console.log('held');", /^it computes for more than/],
  ["fills the memory", "const all = [];\nfor (;;) all.push({ all: [1, 2, 3] });", /^it (fills|computes for) more than/],
  [
    "throws when it is loaded",
    "setTimeout(() => { throw new Error('later'); }, 1);\nawait new Promise(() => {});",
    /later$/,
  ],
])("a module that %s is refused, and this process goes on", async (_what, source, sentence) => {
  expect(await read(source)).toMatch(sentence);
});

test("files that cannot be a module are refused without loading them", async () => {
  expect(await read("x".repeat(1_100_000))).toMatch(/^it has 1100000 bytes/);
  expect(await read(Uint8Array.from([0xff, 0xfe, 0x41]))).toMatch(/not written in UTF-8/);
  expect(await read("export default 1;\0")).toMatch(/zero byte/);
  expect(await read("{}", "scenario.json")).toMatch(/whose name ends in \.ts/);
  await mkdir(join(folder, "folder.ts"));
  execFileSync("mkfifo", [join(folder, "pipe.ts")]);
  await symlink("loop.ts", join(folder, "loop.ts"));
  await symlink("/dev/zero", join(folder, "zero.ts"));
  const refused = async (name: string): Promise<unknown> => await readModule(join(folder, name), LIBRARIES);
  expect(await refused("folder.ts")).toMatchObject({ problems: ["it is a folder: name a file"] });
  expect(await refused("pipe.ts")).toMatchObject({ problems: ["it is no regular file: name a file"] });
  expect(await refused("loop.ts")).toMatchObject({ problems: ["it cannot be opened (ELOOP)"] });
  expect(await refused("zero.ts")).toMatchObject({ problems: ["it is no regular file: name a file"] });
  expect(await refused("none.ts")).toMatchObject({ problems: ["there is no such file"] });
});

test("a word that ends as modules do is a file's name, also without a folder; any other without a slash is a scenario's", () => {
  for (const word of ["own.ts", "own.mts", "own.js", "own.mjs", "./own", "folder/own"])
    expect(isFileName(word)).toBe(true);
  for (const word of ["own", "black-friday", "own.json", ".ts", "ts", "own.ts.bak"])
    expect(isFileName(word)).toBe(false);
});

test.each([
  ["for a program", "import { execSync } from 'node:child_process';\nexecSync('sleep 301; sleep 301');"],
  ["for a pipe that nobody writes", "import { readFileSync } from 'node:fs';\nreadFileSync('PIPE');"],
  ["for nothing", "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);"],
])(
  "the command line does not wait for a scenario that waits %s, and leaves no program of it",
  async (_what, source) => {
    const name = source.replace(/\W+/g, "").slice(-30);
    const pipe = join(folder, `waited-${name}`);
    execFileSync("mkfifo", [pipe]);
    const file = join(folder, `waits-${name}.ts`);
    await writeFile(file, source.replace("PIPE", pipe));
    const bin = join(import.meta.dirname, "..", "bin.js");
    const env = { PATH: process.env.PATH, HOME: folder, DOORBUSTER_STATE: join(folder, "state") };
    const { status, stderr } = spawnSync(process.execPath, [bin, "check", file], { env, timeout: 15_000 });
    expect(status).toBe(64);
    expect(String(stderr)).toMatch(/it waits for more than \d+ ms[^\n]*\nMend the file; nothing was started\.\n$/);
    expect(spawnSync("pgrep", ["-f", "^sleep 301"]).status).toBe(1);
  },
);
