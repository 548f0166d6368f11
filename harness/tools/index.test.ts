import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { isRoot } from "./folders.ts";
import { equip, ToolError, ToolsMissingError } from "./index.ts";
import { rememberedToolbox } from "./manifest.ts";
import { postgresPackage } from "./npm-package.ts";
import { scratchFolder, writeProgram } from "./scratch-folder.ts";
import { serviceUser } from "./service-user.ts";

const SAID = {
  k6: "k6 v2.2.0 (go1.26.8, linux/amd64)",
  "toxiproxy-server": "toxiproxy-server version 2.12.0",
  haproxy: "HAProxy version 3.2.1",
  "redis-server": "Redis server v=8.0.2 sha=0",
  pgbouncer: "PgBouncer 1.24.1",
};

afterEach(() => {
  vi.unstubAllEnvs();
});

/** A machine that has all programs but PostgreSQL, which comes from npm as everywhere. */
function equippedMachine(scratch: string): string {
  const bin = join(scratch, "bin");
  mkdirSync(bin);
  for (const [name, line] of Object.entries(SAID)) {
    writeProgram(bin, name, line);
  }
  vi.stubEnv("PATH", `${bin}:/usr/bin:/bin`);
  vi.stubEnv("DOORBUSTER_CACHE", join(scratch, "cache"));
  vi.stubEnv("DOORBUSTER_STATE", join(scratch, "state"));
  return bin;
}

function bringingTo(lines: string[], signal = new AbortController().signal) {
  return { progress: (line: string) => void lines.push(line), signal };
}

test.runIf(postgresPackage())("all nine programs are found, and remembered until one of them changes", async () => {
  using scratch = scratchFolder();
  const bin = equippedMachine(scratch.path);
  const first = await equip(bringingTo([]));
  expect(Object.keys(first).length).toBe(9);
  expect(first.haproxy).toEqual({ path: join(bin, "haproxy"), env: {}, version: "3.2.1", source: "path" });
  expect(first.postgres.version).toMatch(/^18\./);

  const lines: string[] = [];
  const begun = performance.now();
  expect(await equip(bringingTo(lines))).toEqual(first);
  expect(performance.now() - begun).toBeLessThan(150);
  expect(lines).toEqual([]);

  writeProgram(bin, "haproxy", "HAProxy version 3.2.10 ");
  expect((await equip(bringingTo([]))).haproxy.version).toBe("3.2.10");
});

test.runIf(postgresPackage())("two runs at once bring everything once", async () => {
  using scratch = scratchFolder();
  equippedMachine(scratch.path);
  const lines: string[] = [];
  const [one, two] = await Promise.all([equip(bringingTo(lines)), equip(bringingTo(lines))]);
  expect(one).toEqual(two);
  expect(lines.filter((line) => line.includes("waiting for it")).length).toBe(1);
  expect(readdirSync(join(scratch.path, "cache")).filter((name) => name.endsWith(".lock"))).toEqual([]);
});

test.runIf(isRoot() && postgresPackage())("PostgreSQL starts as the service user from where it was put", async () => {
  using scratch = scratchFolder();
  equippedMachine(scratch.path);
  const { initdb } = await equip(bringingTo([]));
  const user = serviceUser();
  const data = join(scratch.path, "data");
  mkdirSync(data);
  chmodSync(data, 0o777);
  const made = spawnSync(initdb.path, ["-D", join(data, "pg"), "-A", "trust", "--no-sync"], {
    ...(user !== undefined && { uid: user.uid, gid: user.gid }),
    env: {},
    cwd: "/",
  });
  expect(made.stderr.toString()).not.toContain("error");
  expect(made.status).toBe(0);
});

test.runIf(isRoot() && postgresPackage())(
  "a state folder behind a closed one is reported with what to do",
  async () => {
    using scratch = scratchFolder();
    equippedMachine(scratch.path);
    chmodSync(scratch.path, 0o700);
    const failure: unknown = await equip(bringingTo([])).catch((thrown: unknown) => thrown);
    expect(failure).toBeInstanceOf(ToolsMissingError);
    expect(failure).toHaveProperty("message", expect.stringContaining("DOORBUSTER_STATE"));
    expect(failure).toHaveProperty("cause.name", "ToolError");
  },
);

test("an interrupted run stops bringing and says why", async () => {
  using scratch = scratchFolder();
  const bin = equippedMachine(scratch.path);
  rmSync(join(bin, "k6"));
  const interrupt = new AbortController();
  interrupt.abort(new Error("interrupted by hand"));
  await expect(equip(bringingTo([], interrupt.signal))).rejects.toThrow("interrupted by hand");
  expect(readdirSync(join(scratch.path, "cache"))).not.toContain("bringing.lock");
});

test("what is missing is named all at once, each with its mend", () => {
  const error = new ToolsMissingError([
    new ToolError({ tried: "find haproxy", on: "the PATH", happened: "it is not there", next: "brew install haproxy" }),
    new ToolError({ tried: "build k6", on: "Go", happened: "no Go", next: "brew install k6" }),
  ]);
  expect(error.message).toContain("brew install haproxy");
  expect(error.message).toContain("brew install k6");
});

const ready = await rememberedToolbox();

test.runIf(ready !== undefined)("every program that this machine already has starts", () => {
  for (const [name, tool] of Object.entries(ready ?? {})) {
    const argument = { k6: "version", "toxiproxy-server": "-version", haproxy: "-v" }[name] ?? "--version";
    const started = spawnSync(tool.path, [argument], { env: tool.env });
    expect(started.stdout.toString() + started.stderr.toString(), name).toContain(tool.version);
  }
});
