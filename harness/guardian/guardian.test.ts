import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { family, identityOf, isRunning } from "#harness/ownership/index.ts";
import { journalPath, readJournal, recordLine } from "./journal.ts";
import { findLiving, findUnfinished, recover } from "./recover.ts";

/**
 * A harness in small: a guarded run with a folder, an obedient process, one that ignores SIGTERM, one that is stopped,
 * and a grandchild in a session of its own. It then waits to be killed. Its standard input lets it be told to end well.
 */
const HARNESS = `
import { spawn } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { RUN_MARK } from "${join(import.meta.dirname, "../core/journal.ts")}";
import { guardRun } from "${join(import.meta.dirname, "index.ts")}";
import { identityOf } from "${join(import.meta.dirname, "../ownership/index.ts")}";
const [state, runId, api, deadline] = process.argv.slice(2);
const run = await guardRun(state, runId);
const folder = state + "/runs/" + runId + "/node";
await run.journal.write({ verb: "folder", path: folder });
await mkdir(folder);
const start = async (name, script) => {
  const child = spawn("/bin/sh", ["-c", script], {
    detached: true, stdio: "ignore", env: { PATH: process.env.PATH, [RUN_MARK]: runId },
  });
  await run.journal.write({ verb: "process", name, identity: identityOf(child.pid) });
  return child.pid;
};
const pids = [
  await start("obedient", "sleep 300"),
  await start("stubborn", "trap '' TERM; while :; do sleep 300; done"),
  await start("stopped", "kill -STOP $$; sleep 300"),
  await start("parent", "setsid sleep 300 & sleep 300"),
];
await run.journal.write({ verb: "fault", id: "slow", description: "a fault", deadlineMs: Number(deadline),
  undo: { kind: "remove-toxics", api, toxics: [{ proxy: "app@eu>cache", toxic: "fault-slow" }] } });
console.log(JSON.stringify({ guardian: run.guardian.pid, pids }));
run.guardian.lost.addEventListener("abort", () => console.log("lost: " + run.guardian.lost.reason.message));
process.stdin.resume();
process.stdin.once("data", async () => { await run[Symbol.asyncDispose](); process.exit(0); });
`;

let state = "";
let harness: ChildProcess | undefined;
let deleted: string[] = [];
const proxyApi = createServer((request, response) => {
  deleted.push(`${request.method} ${request.url}`);
  response.writeHead(204).end();
});

beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), "doorbuster-guardian-"));
  deleted = [];
  proxyApi.listen(0, "127.0.0.1");
  await once(proxyApi, "listening");
});

afterEach(async () => {
  harness?.kill("SIGKILL");
  proxyApi.close();
  // A harness that is being ended may still write beside what is being removed.
  await rm(state, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
});

async function startHarness(
  runId: string,
  faultDeadlineMs = 60_000,
): Promise<{ readonly guardian: number; readonly pids: readonly number[] }> {
  const script = join(state, "harness.mjs");
  await writeFile(script, HARNESS);
  const { port } = proxyApi.address() as AddressInfo;
  harness = spawn(process.execPath, [script, state, runId, `http://127.0.0.1:${port}`, `${faultDeadlineMs}`], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const line = await new Promise<string>((resolve, reject) => {
    harness?.stdout?.once("data", (bytes) => resolve(String(bytes)));
    harness?.once("exit", (code) => reject(new Error(`the small harness ended with ${code}`)));
  });
  return JSON.parse(line);
}

function membersOf(runId: string): number {
  return family({ roots: [], runId }).length;
}

async function within(ms: number, holds: () => boolean | Promise<boolean>): Promise<number> {
  const began = performance.now();
  while (!(await holds())) {
    if (performance.now() - began > ms) throw new Error(`not within ${ms} ms`);
    await sleep(20);
  }
  return performance.now() - began;
}

describe("a guardian", () => {
  test("removes everything of a run within 10 s when the harness is killed", async () => {
    const { guardian } = await startHarness("killed");
    await within(2_000, () => membersOf("killed") >= 7);
    const watcher = identityOf(guardian);
    harness?.kill("SIGKILL");
    await within(10_000, () => watcher === undefined || !isRunning(watcher));
    expect(membersOf("killed")).toBe(0);
    expect(existsSync(join(state, "runs/killed/node"))).toBe(false);
    expect(deleted).toEqual(["DELETE /proxies/app%40eu%3Ecache/toxics/fault-slow"]);
    // Journal and log go with the run: the next command finds nothing.
    expect(existsSync(join(state, "runs/killed"))).toBe(false);
    expect(await findUnfinished(state)).toEqual([]);
  });

  test("undoes the run of a harness that is stopped for longer than its lease, and tells it so", async () => {
    await startHarness("frozen");
    const said: string[] = [];
    harness?.stdout?.on("data", (bytes) => said.push(String(bytes)));
    harness?.kill("SIGSTOP");
    const took = await within(12_000, () => membersOf("frozen") === 0);
    expect(took).toBeGreaterThan(4_000);
    harness?.kill("SIGCONT");
    await within(5_000, () => said.join("").includes("lost"));
  }, 20_000);

  test("undoes a fault that is there past its deadline while the harness beats, once, and the run counts no more", async () => {
    await startHarness("hung", 1_000);
    const said: string[] = [];
    harness?.stdout?.on("data", (bytes) => said.push(String(bytes)));
    await within(4_000, () => said.join("").includes('lost: the fault "a fault" was not healed by its deadline'));
    // Two more looks find nothing to do: the journal says that it was undone.
    await sleep(1_200);
    expect(deleted).toEqual(["DELETE /proxies/app%40eu%3Ecache/toxics/fault-slow"]);
    const { entries } = await readJournal(journalPath(state, "hung"));
    expect(entries.at(-1)).toEqual({ verb: "healed", id: "slow" });
    expect(await readFile(join(state, "runs/hung/guardian.log"), "utf8")).toContain(
      "fault slow (a fault) was there 1000 ms",
    );
    // Only the fault: what else the run has is the harness's to end.
    expect(membersOf("hung")).toBeGreaterThan(0);
    harness?.stdin?.write("end\n");
    await within(8_000, () => membersOf("hung") === 0);
  }, 20_000);

  test("goes without a word when the run has ended well, and leaves no folder", async () => {
    const { guardian } = await startHarness("well");
    const watcher = identityOf(guardian);
    harness?.stdin?.write("end\n");
    await within(8_000, () => watcher === undefined || !isRunning(watcher));
    expect(membersOf("well")).toBe(0);
    await within(2_000, () => !existsSync(join(state, "runs/well")));
  });

  test("survives the signals of a terminal", async () => {
    const { guardian } = await startHarness("signals");
    const watcher = identityOf(guardian);
    for (const signal of ["SIGINT", "SIGHUP", "SIGTERM"] as const) process.kill(guardian, signal);
    await sleep(200);
    expect(watcher !== undefined && isRunning(watcher)).toBe(true);
    harness?.kill("SIGKILL");
    await within(10_000, () => membersOf("signals") === 0);
  });
});

describe("recover", () => {
  test("removes a run whose harness and guardian were killed together", async () => {
    const { guardian } = await startHarness("both");
    expect(await findUnfinished(state)).toEqual([]);
    process.kill(guardian, "SIGKILL");
    harness?.kill("SIGKILL");
    await within(5_000, async () => (await findUnfinished(state)).length === 1);
    const told: string[] = [];
    for (const run of await findUnfinished(state)) await recover(run.journalPath, (line) => told.push(line));
    expect(membersOf("both")).toBe(0);
    expect(existsSync(join(state, "runs/both"))).toBe(false);
    expect(told.join("\n")).toMatch(/processes ended/);
  }, 20_000);

  test("leaves a run alone whose harness lives", async () => {
    await startHarness("alive");
    expect(await findLiving(state)).toEqual([{ runId: "alive", pid: harness?.pid }]);
    await expect(recover(journalPath(state, "alive"), () => undefined)).rejects.toThrow(/still runs/);
    expect(membersOf("alive")).toBeGreaterThan(0);
    harness?.stdin?.write("end\n");
    await within(8_000, () => membersOf("alive") === 0);
    await within(2_000, async () => (await findLiving(state)).length === 0);
  }, 20_000);

  test("leaves a run alone whose journal has lost its owner while anything of it lives, and says so", async () => {
    const { guardian, pids } = await startHarness("nameless");
    const path = journalPath(state, "nameless");
    const [header = "", , ...rest] = (await readFile(path, "utf8")).split("\n");
    await writeFile(path, [header, ...rest].join("\n"));
    const said: string[] = [];
    const look = async (): Promise<readonly unknown[]> => {
      said.length = 0;
      return await findUnfinished(state, (line) => said.push(line));
    };
    expect(await look()).toEqual([]);
    expect(said).toEqual([
      `run nameless was left alone: its journal does not say whose it is, and its guardian (process ${guardian}) still watches`,
    ]);
    await expect(recover(path, () => undefined)).rejects.toThrow(/guardian .* still watches/);
    const watcher = identityOf(guardian);
    process.kill(guardian, "SIGKILL");
    harness?.kill("SIGKILL");
    await within(5_000, () => watcher === undefined || !isRunning(watcher));
    expect(await look()).toEqual([]);
    expect(said.join()).toMatch(/left alone: .* and process \d+ of it still runs/);
    for (const pid of pids) process.kill(-pid, "SIGKILL");
    // The grandchild has a session of its own; the mark that it carries is found when the run is undone.
    await within(5_000, async () => (await look()).length === 1);
    await recover(path, () => undefined);
    expect(membersOf("nameless")).toBe(0);
  }, 20_000);

  test.each([
    ["others may write", async () => await chmod(join(state, "runs"), 0o777), /others may write into it \(mode 777\)/],
    [
      "is a link",
      async () => {
        await rename(join(state, "runs"), join(state, "elsewhere"));
        await symlink(join(state, "elsewhere"), join(state, "runs"));
      },
      /it is a link/,
    ],
  ])("refuses a folder of runs that %s, before it looks for any", async (_what, spoil, sentence) => {
    const run = join(state, "runs/planted");
    await mkdir(run, { recursive: true });
    await writeFile(join(run, "journal"), "doorbuster-journal 1\n");
    await spoil();
    await expect(findUnfinished(state)).rejects.toThrow(sentence);
    await expect(findLiving(state)).rejects.toThrow(sentence);
    await expect(recover(join(run, "journal"), () => undefined)).rejects.toThrow(sentence);
    expect(existsSync(join(run, "journal"))).toBe(true);
  });

  test("does not remove a folder outside of the state folder, whatever a journal says", async () => {
    const { guardian } = await startHarness("outside");
    process.kill(guardian, "SIGKILL");
    harness?.kill("SIGKILL");
    await within(5_000, async () => (await findUnfinished(state)).length === 1);
    const foreign = await mkdtemp(join(tmpdir(), "doorbuster-foreign-"));
    await writeFile(journalPath(state, "outside"), recordLine({ verb: "folder", path: foreign }), { flag: "a" });
    await expect(recover(journalPath(state, "outside"), () => undefined)).rejects.toThrow(/not touched/);
    expect(existsSync(foreign)).toBe(true);
    await rm(foreign, { recursive: true });
  }, 20_000);

  test("takes no folder for a run's that holds what a run never puts there before its journal", async () => {
    const foreign = join(state, "runs/exp1");
    const unborn = join(state, "runs/unborn");
    for (const folder of [foreign, unborn]) await mkdir(folder, { recursive: true });
    await writeFile(join(foreign, "weights.bin"), "of a year");
    await writeFile(join(unborn, "journal.lock"), "");
    // The time of change cannot be set: a look in a quarter of a minute stands for waiting.
    vi.setSystemTime(Date.now() + 15_000);
    try {
      expect((await findUnfinished(state)).map(({ runId }) => runId)).toEqual(["unborn"]);
    } finally {
      vi.useRealTimers();
    }
    for (const folder of [foreign, unborn]) await rm(folder, { recursive: true });
  });

  test("has nothing to complain of when the guardian that it waited for has undone the run meanwhile", async () => {
    await startHarness("hurried");
    const path = journalPath(state, "hurried");
    harness?.kill("SIGKILL");
    const told: string[] = [];
    await within(5_000, async () => (await findUnfinished(state)).length === 1 || !existsSync(path));
    await recover(path, (line) => told.push(line));
    expect(membersOf("hurried")).toBe(0);
    expect(existsSync(join(state, "runs/hurried"))).toBe(false);
  }, 20_000);
});
