import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, rmdir, utimes, writeFile } from "node:fs/promises";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { JournalEntry, ProcessIdentity } from "#core/journal.ts";
import { identityOf, isRunning } from "#harness/ownership/index.ts";
import { journalPath, recordLine } from "./journal.ts";
import { recover } from "./recover.ts";

let state = "";
let silent: Server | undefined;

beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), "doorbuster-undo-"));
});

afterEach(async () => {
  silent?.close();
  await rm(state, { recursive: true, force: true });
});

/** The journal of a run whose harness is gone. */
async function journalOf(runId: string, entries: readonly JournalEntry[], bootId = "another boot"): Promise<string> {
  const path = journalPath(state, runId);
  await mkdir(dirname(path), { recursive: true });
  const run: JournalEntry = { verb: "run", runId, harness: { pid: process.pid, startTicks: 1, bootId } };
  await writeFile(path, `doorbuster-journal 1\n${[run, ...entries].map(recordLine).join("")}`);
  return path;
}

const GONE = { pid: 4_000_000, startTicks: 1, bootId: "another boot" };

/** A process without a mark, in the group of a leader that is gone. */
async function orphan(): Promise<{ readonly pid: number; readonly leader: ProcessIdentity }> {
  const child = spawn("/bin/sh", ["-c", "sleep 65 >&- 2>&- & echo $!; sleep 0.2"], {
    detached: true,
    env: { PATH: process.env.PATH ?? "" },
    stdio: ["ignore", "pipe", "ignore"],
  });
  const leader = identityOf(child.pid ?? 0);
  if (leader === undefined) throw new Error("no identity");
  const [line] = await once(child.stdout, "data");
  await once(child, "exit");
  return { pid: Number(String(line)), leader };
}

describe("an undo", () => {
  test("after a restart of the machine signals nobody, and removes the folders", async () => {
    const bystander = spawn("sleep", ["60"]);
    const identity = identityOf(bystander.pid ?? 0);
    if (identity === undefined) throw new Error("no identity");
    const folder = join(state, "runs/rebooted/node");
    await mkdir(folder, { recursive: true });
    // Same number, same start, another boot: what a restart gives to somebody else.
    const entries: readonly JournalEntry[] = [
      { verb: "folder", path: folder },
      { verb: "process", name: "app", identity: { ...identity, bootId: "another boot" } },
    ];
    await recover(await journalOf("rebooted", entries), () => undefined);
    expect(isRunning(identity)).toBe(true);
    expect(existsSync(join(state, "runs/rebooted"))).toBe(false);
    bystander.kill("SIGKILL");
    await once(bystander, "exit");
  });

  test("is not held up by a proxy server that hangs, and does everything else", async () => {
    silent = createServer(() => undefined).listen(0, "127.0.0.1");
    await once(silent, "listening");
    const address = silent.address();
    const port = typeof address === "object" ? address?.port : undefined;
    const folder = join(state, "runs/hangs/node");
    await mkdir(folder, { recursive: true });
    const undo = { kind: "remove-toxics", toxics: [{ proxy: "a", toxic: "fault-slow" }] } as const;
    const entries: readonly JournalEntry[] = [
      {
        verb: "fault",
        id: "slow",
        description: "a fault",
        deadlineMs: 1,
        undo: { ...undo, api: `http://127.0.0.1:${port}` },
      },
      { verb: "folder", path: folder },
    ];
    const began = performance.now();
    await recover(await journalOf("hangs", entries), () => undefined);
    // One call has 2 s; nothing is asked twice.
    expect(performance.now() - began).toBeLessThan(4_000);
    expect(existsSync(join(state, "runs/hangs"))).toBe(false);
  });

  test("sends nothing to an address that is not a door of this machine, and does everything else", async () => {
    const asked: string[] = [];
    const stranger = createHttpServer(({ method, url }, response) => {
      asked.push(`${method} ${url}`);
      response.end();
    }).listen(0, "127.0.0.1");
    await once(stranger, "listening");
    const { port } = stranger.address() as AddressInfo;
    const folder = join(state, "runs/astray/node");
    await mkdir(folder, { recursive: true });
    const faultTo = (id: string, api: string): JournalEntry => ({
      verb: "fault",
      id,
      description: "a fault",
      deadlineMs: 1,
      undo: { kind: "enable-proxies", api, proxies: ["a"] },
    });
    const path = await journalOf("astray", [
      faultTo("name", `http://localhost:${port}`),
      faultTo("path", `http://127.0.0.1:${port}/orders`),
      faultTo("ours", `http://127.0.0.1:${port}`),
      { verb: "folder", path: folder },
    ]);
    const told: string[] = [];
    await recover(path, (line) => told.push(line));
    expect(asked).toEqual(["POST /proxies/a"]);
    expect(told).toContain("2 damaged lines of the journal were passed over");
    expect(existsSync(folder)).toBe(false);
    stranger.close();
  });

  test("names a control group that it does not dare to remove, and passes over one that is gone", async () => {
    const foreign = await mkdtemp(join(tmpdir(), "doorbuster-foreign-"));
    const gone = join(foreign, "gone");
    await recover(await journalOf("vanished", [{ verb: "cgroup", path: gone }]), () => undefined);
    const path = await journalOf("strange", [{ verb: "cgroup", path: foreign }]);
    await expect(recover(path, () => undefined)).rejects.toThrow(`control group ${foreign} is not one of this run`);
    expect(existsSync(foreign)).toBe(true);
    await rm(foreign, { recursive: true });
  });

  test.each(["cpu", "cpu,cpuacct", ""])(
    "removes the run's own control groups and no other run's, whatever the journal says (hierarchy %o)",
    async (hierarchy) => {
      const groups = ["doorbuster-mine", "doorbuster-theirs", "doorbuster-mine-too"].map((name) =>
        join("/sys/fs/cgroup", hierarchy, name),
      );
      const [mine = "", theirs = "", alike = ""] = groups;
      try {
        for (const group of groups) await mkdir(group);
      } catch {
        // Nobody can make a control group here; where one can, one of the hierarchies does.
        for (const group of groups) await rmdir(group).catch(() => undefined);
        return;
      }
      try {
        const path = await journalOf(
          "mine",
          groups.map((group) => ({ verb: "cgroup", path: group })),
        );
        await expect(recover(path, () => undefined)).rejects.toThrow(
          new RegExp(`${theirs} is not one of this run[\\s\\S]*${alike} is not one of this run`),
        );
        expect(groups.map((group) => existsSync(group))).toEqual([false, true, true]);
        expect(mine).not.toBe("");
      } finally {
        for (const group of groups) await rmdir(group).catch(() => undefined);
      }
    },
  );

  test("touches nothing by a journal that is another run's, and no folder of another run", async () => {
    const theirs = join(state, "runs/theirs/node");
    await mkdir(theirs, { recursive: true });
    await expect(recover(await journalOf("mine", [{ verb: "folder", path: theirs }]), () => undefined)).rejects.toThrow(
      /is not one of this run: not touched/,
    );
    const path = await journalOf("moved", [{ verb: "run", runId: "theirs", harness: GONE }]);
    await expect(recover(path, () => undefined)).rejects.toThrow(/journal of another run/);
    expect(existsSync(theirs)).toBe(true);
  });

  test("ends an unmarked member of a group whose leader is gone, and nobody who came into such a group later", async () => {
    const member = await orphan();
    const group = identityOf(member.pid);
    if (group === undefined) throw new Error("no identity");
    const path = await journalOf("orphaned", [{ verb: "process", name: "app", identity: member.leader }]);
    // As if the run had said its last word a minute before that process was started.
    await utimes(path, new Date(), new Date(Date.now() - 60_000));
    await recover(path, () => undefined);
    expect(isRunning(group)).toBe(true);
    await recover(
      await journalOf("orphaned", [{ verb: "process", name: "app", identity: member.leader }]),
      () => undefined,
    );
    expect(isRunning(group)).toBe(false);
  });

  test("that cannot finish names what is left, and what to do", async () => {
    const foreign = await mkdtemp(join(tmpdir(), "doorbuster-foreign-"));
    const own = join(state, "runs/half/node");
    await mkdir(own, { recursive: true });
    const path = await journalOf("half", [
      { verb: "folder", path: foreign },
      { verb: "folder", path: own },
    ]);
    await expect(recover(path, () => undefined)).rejects.toThrow(/not touched[\s\S]*recover` again/);
    expect(existsSync(own)).toBe(false);
    expect(existsSync(path)).toBe(true);
    await rm(foreign, { recursive: true });
  });
});
