import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { RUN_MARK } from "#core/journal.ts";
import { holdLock, identityOf, runFolder } from "#harness/ownership/index.ts";
import { openLeakAudit } from "./leak-audit.ts";

/** A run that is over; each test plants one thing that it left. */
const RUN_ID = "20260101T000000-0badcafe";

let ground = "";
let planted: ChildProcess[] = [];

beforeEach(() => {
  ground = mkdtempSync(join(tmpdir(), "doorbuster-leaks-"));
  for (const folder of ["state/runs", "state/datasets", "cache"]) mkdirSync(join(ground, folder), { recursive: true });
});

afterEach(async () => {
  for (const child of planted) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  planted = [];
  rmSync(ground, { recursive: true, force: true });
});

function audit(runId = RUN_ID) {
  return openLeakAudit({ runId, stateFolder: join(ground, "state"), cacheFolder: join(ground, "cache") });
}

/** Orphans a program: its parent is gone, it leads a session of its own, and has only what is said in its environment. */
async function orphan(script: string, env: Readonly<Record<string, string>> = {}): Promise<number> {
  const child = spawn("/bin/sh", ["-c", `setsid ${script} >&- 2>&- <&- & echo $!`], {
    cwd: "/",
    env: { PATH: process.env.PATH ?? "", ...env },
    stdio: ["ignore", "pipe", "ignore"],
  });
  const exited = once(child, "exit");
  const [line] = await once(child.stdout, "data");
  await exited;
  return Number(String(line));
}

async function plant(command: string, argv: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = spawn(command, argv, {
    cwd: "/",
    detached: true,
    env: { PATH: process.env.PATH ?? "", ...env },
    stdio: ["ignore", "pipe", "ignore"],
  });
  planted.push(child);
  await once(child, "spawn");
  return child;
}

describe("a leak audit", () => {
  test("finds nothing where nothing was left, whatever other programs and runs do, at the price of less than half a second", async () => {
    const looked = audit();
    const other = await orphan("sleep 60", { [RUN_MARK]: "20260101T000001-otherrun" });
    mkdirSync(runFolder(join(ground, "state"), "20260101T000001-otherrun"));
    const group = madeCgroup("doorbuster-20260101T000001-otherrun");
    writeFileSync(join(ground, "state/datasets/shop-1.lock"), JSON.stringify(identityOf(other)));
    let cheapest = Number.POSITIVE_INFINITY;
    // Processor time, because other programs make every look later; the cheapest of three has the fewest disturbances.
    for (let i = 0; i < 3; i += 1) {
      const before = process.cpuUsage();
      expect(await looked.left("torn-down")).toEqual([]);
      expect(await looked.left("ended")).toEqual([]);
      const { user, system } = process.cpuUsage(before);
      cheapest = Math.min(cheapest, (user + system) / 1_000);
    }
    expect(cheapest).toBeLessThan(500);
    if (group !== undefined) rmdirSync(group);
    process.kill(other, "SIGKILL");
  });

  test("finds an orphan that carries the run's mark", async () => {
    const looked = audit();
    const pid = await orphan("sleep 61", { [RUN_MARK]: RUN_ID });
    expect(await looked.left("torn-down")).toEqual([`process ${pid} (sleep 61)`]);
    process.kill(pid, "SIGKILL");
    expect(await looked.left("ended")).toEqual([]);
  });

  test("finds what this process has started and not ended, and what that has started", async () => {
    const looked = audit();
    const child = await plant("/bin/sh", ["-c", "setsid sleep 62 & echo $!; wait"]);
    const [line] = await once(child.stdout, "data");
    const left = (await looked.left("ended")).join("\n");
    expect(left).toContain(`process ${child.pid} (`);
    expect(left).toContain(`process ${Number(String(line))} (sleep 62)`);
    process.kill(Number(String(line)), "SIGKILL");
  });

  test("finds an unmarked member of a process group whose leader the journal names, when the leader is gone", async () => {
    const looked = audit();
    const before = identityOf(process.pid);
    if (before === undefined) throw new Error("no identity");
    const child = spawn("/bin/sh", ["-c", "sleep 63 >&- 2>&- & echo $!; sleep 0.2"], {
      detached: true,
      env: { PATH: process.env.PATH ?? "" },
      stdio: ["ignore", "pipe", "ignore"],
    });
    const identity = identityOf(child.pid ?? 0);
    if (identity === undefined) throw new Error("no identity");
    looked.note({ verb: "process", name: "app", identity });
    const [line] = await once(child.stdout, "data");
    await once(child, "exit");
    const pid = Number(String(line));
    expect(await looked.left("ended")).toEqual([`process ${pid} (sleep 63)`]);
    process.kill(pid, "SIGKILL");
  });

  test("finds an ended process that a leftover has not waited for", async () => {
    const looked = audit();
    // The shell becomes a program that never waits for children.
    const parent = await plant("/bin/sh", ["-c", "sleep 0.05 & exec sleep 64"]);
    await sleep(150);
    expect((await looked.left("ended")).join("\n")).toMatch(
      new RegExp(`zombie \\d+, which process ${parent.pid} has not waited for`),
    );
  });

  test("finds a port that a leftover or this process listens on, and not one of another program", async () => {
    const looked = audit();
    const listen =
      'require("net").createServer().listen(0, "127.0.0.1", function () { console.log(this.address().port) })';
    const ours = await plant(process.execPath, ["-e", listen]);
    const port = Number(String((await once(ours.stdout, "data"))[0]));
    const own = createServer().listen(0, "127.0.0.1");
    await once(own, "listening");
    const address = own.address();
    const ownPort = typeof address === "object" ? address?.port : undefined;
    const left = await looked.left("torn-down");
    expect(left).toContain(`port ${port}, listened on by process ${ours.pid}`);
    expect(left).toContain(`port ${ownPort}, listened on by process ${process.pid}`);
    own.close();
  });

  test("finds the run's folder, and a folder that the journal named elsewhere", async () => {
    const looked = audit();
    const own = runFolder(join(ground, "state"), RUN_ID);
    const draft = join(ground, "state/datasets/shop-1.ab12.draft");
    for (const folder of [own, draft]) {
      mkdirSync(folder);
      looked.note({ verb: "folder", path: folder === own ? join(own, "app-eu-1") : folder });
    }
    // The journal lies in the run's folder until the undo is done.
    expect(await looked.left("torn-down")).toEqual([`folder ${draft}`]);
    expect(await looked.left("ended")).toEqual([`folder ${draft}`, `folder ${own}`]);
  });

  test("finds a control group of the run, journalled or not", async (context) => {
    const looked = audit();
    const group = madeCgroup(`doorbuster-${RUN_ID}`);
    if (group === undefined) return context.skip("this machine lets nobody make a control group");
    try {
      expect(await looked.left("torn-down")).toEqual([`control group ${group}`]);
      looked.note({ verb: "cgroup", path: group });
      expect(await looked.left("ended")).toEqual([`control group ${group}`]);
    } finally {
      rmdirSync(group);
    }
    expect(await looked.left("ended")).toEqual([]);
  });

  test("finds a lock that this process holds, in the state folder and in the cache", async () => {
    const looked = audit();
    const paths = [join(ground, "state/datasets/shop-1.lock"), join(ground, "cache/bringing.lock")];
    await using held = new AsyncDisposableStack();
    for (const path of paths) held.use(await holdLock(path, { deadlineMs: 1_000 }));
    writeFileSync(join(ground, "cache/other.lock"), "no identity");
    expect(await looked.left("ended")).toEqual(paths.map((path) => `lock ${path}`));
  });
});

/** In whichever hierarchy allows it. */
function madeCgroup(name: string): string | undefined {
  for (const hierarchy of ["/sys/fs/cgroup/cpu", "/sys/fs/cgroup/cpu,cpuacct", "/sys/fs/cgroup"]) {
    try {
      const path = join(hierarchy, name);
      mkdirSync(path);
      return path;
    } catch {
      // The next one, or none.
    }
  }
  return undefined;
}
