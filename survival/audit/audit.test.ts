import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, rmdirSync, symlinkSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Audit } from "./audit.ts";
import type { Places } from "./places.ts";

/** A run that has been, and left nothing: every test plants one thing. */
const RUN_ID = "20260101T000000-0badcafe";

let ground = "";
let places: Places;
let planted: ChildProcess[] = [];

beforeEach(async () => {
  ground = await mkdtemp(join(tmpdir(), "doorbuster-audit-"));
  places = {
    state: join(ground, "state"),
    temporary: join(ground, "temporary"),
    cache: join(ground, "cache"),
    results: join(ground, "results"),
  };
  for (const folder of [...Object.values(places), join(places.state, "runs"), join(places.state, "datasets")])
    mkdirSync(folder);
});

afterEach(async () => {
  for (const child of planted) child.kill("SIGKILL");
  planted = [];
  await rm(ground, { recursive: true, force: true });
});

/** Starts a program with nothing of ours in its environment but what is said. */
async function plant(script: string, env: Readonly<Record<string, string>> = {}): Promise<ChildProcess> {
  const child = spawn("/bin/sh", ["-c", script], {
    cwd: "/",
    detached: true,
    env: { PATH: process.env.PATH ?? "", ...env },
    stdio: ["ignore", "pipe", "ignore"],
  });
  planted.push(child);
  await once(child, "spawn");
  return child;
}

/** What the audit says in the end; a process that has just been told to go needs a moment. */
async function settled(audit: Audit): Promise<readonly string[]> {
  for (let looks = 0; looks < 40 && audit.left().length > 0; looks += 1) await sleep(50);
  return audit.left();
}

describe("an audit", () => {
  test("finds nothing where nothing was left, whatever other programs do meanwhile", async () => {
    const audit = new Audit(places);
    await plant("sleep 60");
    mkdirSync(join(places.state, "datasets", "shop-1234"));
    expect(audit.left()).toEqual([]);
  });

  test("finds a process that it saw being started, when its parent is gone and it left group and session", async () => {
    const audit = new Audit(places);
    const parent = await plant("setsid sleep 61 & echo $!; sleep 60");
    const [line] = parent.stdout === null ? [] : await once(parent.stdout, "data");
    const escaped = Number(String(line));
    await sleep(100);
    audit.watch(parent.pid ?? 0);
    parent.kill("SIGKILL");
    await once(parent, "exit");
    expect(audit.left().join("\n")).toContain(`process ${escaped} `);
    process.kill(escaped, "SIGKILL");
    // Its group had a sleep of its own, which the shell left behind.
    process.kill(-(parent.pid ?? 0), "SIGKILL");
    expect(await settled(audit)).toEqual([]);
  });

  test("finds a process that it never saw being started, by the run's mark or the state folder", async () => {
    const audit = new Audit(places);
    mkdirSync(join(places.state, "runs", RUN_ID));
    audit.watch(0);
    rmdirSync(join(places.state, "runs", RUN_ID));
    const marked = await plant("exec sleep 60", { DOORBUSTER_RUN: RUN_ID });
    const inherited = await plant("exec sleep 60", { DOORBUSTER_STATE: places.state });
    const named = await plant(`exec tail -f ${places.state}/../nothing /dev/null`);
    await sleep(100);
    const left = audit.left().join("\n");
    for (const { pid } of [marked, inherited, named]) expect(left).toContain(`process ${pid} `);
  });

  test("finds an ended process that nobody has waited for", async () => {
    const audit = new Audit(places);
    // The shell becomes a program that knows nothing of the child that it inherits.
    const parent = await plant("sleep 0.1 & exec sleep 60", { DOORBUSTER_STATE: places.state });
    await sleep(400);
    expect(audit.left().join("\n")).toContain("zombie ");
    expect(audit.left().join("\n")).toContain(`process ${parent.pid} `);
  });

  test("finds a port that a leftover listens on, and not one of another program", async () => {
    const audit = new Audit(places);
    const listen = `"${process.execPath}" -e 'require("net").createServer().listen(0, "127.0.0.1", function () { console.log(this.address().port) })'`;
    const ours = await plant(`exec ${listen}`, { DOORBUSTER_STATE: places.state });
    const foreign = await plant(`exec ${listen}`);
    const ports: number[] = [];
    for (const { stdout } of [ours, foreign])
      ports.push(Number(String(stdout === null ? "" : (await once(stdout, "data"))[0])));
    expect(audit.left()).toContain(`port ${ports[0]} is listened on`);
    expect(audit.left()).not.toContain(`port ${ports[1]} is listened on`);
  });

  test("finds run folders, locks, drafts and temporary files, and not what is kept by design", () => {
    const audit = new Audit(places);
    const left = [
      join(places.state, "runs", RUN_ID),
      join(places.state, "datasets", "shop-1.lock"),
      join(places.state, "datasets", "shop-1.ab12.draft"),
      join(places.temporary, "doorbuster-shop-x"),
      join(places.cache, "bringing.lock"),
      join(places.results, "latest.12345678.draft"),
      join(places.results, "20260101T000000-1", "report.html.12-0badcafe.draft"),
      join(places.results, "20260101T000000-1", "logs", "edge.log.gz.12-0badcafe.draft"),
      join(places.state, "programs", "haproxy.lock"),
      join(places.state, "programs", "haproxy", "bin.draft"),
    ];
    // Programs are shared by a link.
    mkdirSync(join(ground, "elsewhere", "haproxy"), { recursive: true });
    symlinkSync("../elsewhere", join(places.state, "programs"));
    mkdirSync(join(places.results, "20260101T000000-1", "logs"), { recursive: true });
    for (const path of left) writeFileSync(path, "");
    mkdirSync(join(places.state, "datasets", "shop-1"));
    mkdirSync(join(places.temporary, "node-compile-cache"));
    expect(audit.left().toSorted()).toEqual(left.map((path) => `on the disk: ${path}`).toSorted());
  });

  test("of a run beside another in the same state folder finds that run's own, and nothing of the other's", async () => {
    const audit = new Audit(places, "shared");
    const state = { DOORBUSTER_STATE: places.state };
    const other = "20260101T000001-otherrun";
    const root = await plant("sleep 60 & wait", { ...state, DOORBUSTER_RUN: RUN_ID });
    const listen = `"${process.execPath}" -e 'require("net").createServer().listen(0, "127.0.0.1", function () { console.log(this.address().port) })'`;
    const beside = await plant(`exec ${listen}`, { ...state, DOORBUSTER_RUN: other });
    const escaped = await plant(`exec ${listen}`, { ...state, DOORBUSTER_RUN: RUN_ID });
    const ports: number[] = [];
    for (const { stdout } of [beside, escaped])
      ports.push(Number(String(stdout === null ? "" : (await once(stdout, "data"))[0])));
    audit.watch(root.pid ?? 0);
    for (const id of [RUN_ID, other]) mkdirSync(join(places.state, "runs", id));
    const left = audit.left();
    expect(left.join("\n")).toContain(`process ${root.pid} `);
    expect(left.join("\n")).toContain(`process ${escaped.pid} `);
    expect(left).toContain(`port ${ports[1]} is listened on`);
    expect(left).toContain(`on the disk: ${join(places.state, "runs", RUN_ID)}`);
    expect(left.join("\n")).not.toMatch(new RegExp(`process ${beside.pid} |port ${ports[0]} |${other}`));
  });

  test("finds a control group of the run", (context) => {
    const audit = new Audit(places);
    mkdirSync(join(places.state, "runs", RUN_ID));
    audit.watch(0);
    rmdirSync(join(places.state, "runs", RUN_ID));
    const group = madeCgroup(`doorbuster-${RUN_ID}`);
    if (group === undefined) return context.skip("this machine lets nobody make a control group");
    try {
      expect(audit.left()).toEqual([`control group ${group}`]);
    } finally {
      rmdirSync(group);
    }
    expect(audit.left()).toEqual([]);
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
