import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DECOY, decoysAt, type Listener, openListener } from "./decoys.ts";

const ROOT = join(import.meta.dirname, "..");
let folder: string;
let listener: Listener;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "doorbuster-decoys-"));
  listener = await openListener();
  await writeFile(join(folder, "preload.cjs"), "globalThis.preloaded = true;\n");
});

afterAll(async () => {
  await listener[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** What a module sees that is loaded by the harness itself: it says so by the error with which it ends. */
async function seenInside(port: number, env: Readonly<Record<string, string>>): Promise<Record<string, unknown>> {
  const file = join(folder, `looks-${Object.keys(env).length}.ts`);
  await writeFile(
    file,
    `import pg from ${JSON.stringify(join(ROOT, "node_modules/pg/esm/index.mjs"))};
const answer = await fetch("http://127.0.0.1:${port}/").then((each) => each.text(), (thrown) => String(thrown.cause ?? thrown));
const { host, port, user, password, ssl, options } = new pg.Client();
throw new Error("SEEN" + JSON.stringify({
  answer, preloaded: globalThis.preloaded === true, execArgv: process.execArgv,
  client: { host, port, password, ssl, options },
  env: Object.entries(process.env).map((each) => each.join("=")),
}) + "NEES");
`,
  );
  const argv = [join(ROOT, "harness", "bin.js"), "check", file];
  const { DOORBUSTER_PARENT: _, ...own } = process.env;
  const said = await new Promise<string>((resolve) =>
    execFile(process.execPath, argv, { env: { ...own, ...env } }, (_error, stdout, stderr) => resolve(stdout + stderr)),
  );
  const json = /SEEN(.*)NEES/.exec(said)?.[1];
  if (json === undefined) throw new Error(`the module was not loaded: ${said.slice(0, 2_000)}`);
  return JSON.parse(json) as Record<string, unknown>;
}

test("what leads to real databases, proxies and options is gone before any module of the harness is loaded", async () => {
  await using target = await openTarget();
  const seen = await seenInside(target.port, decoysAt(listener.port, join(folder, "preload.cjs")));
  expect(seen).toMatchObject({
    answer: "the shop itself",
    preloaded: false,
    execArgv: [],
    client: { host: "localhost", port: 5432, password: null, ssl: false },
  });
  expect((seen.env as string[]).filter((each) => each.includes(DECOY) || each.startsWith("PG"))).toEqual([]);
  expect(listener.visits).toEqual([]);
});

test("the oracle sees a process that is led astray: without the harness's door the listener is visited", async () => {
  const { NODE_OPTIONS: _, ...decoys } = decoysAt(listener.port, "");
  await new Promise<void>((resolve) =>
    execFile(
      process.execPath,
      ["--input-type=module", "-e", "await fetch('http://127.0.0.1:64999/')"],
      { env: { ...process.env, ...decoys } },
      () => resolve(),
    ),
  );
  expect(listener.visits).toHaveLength(1);
});

async function openTarget(): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createServer((_request, response) => response.end("the shop itself"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
