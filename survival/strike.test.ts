import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readProcess, type SeenProcess } from "./audit/processes.ts";
import { HistoryTail } from "./history.ts";
import type { Typed } from "./launch.ts";
import { ownerOf } from "./owner.ts";
import { castOf, deal, misdealt } from "./strike.ts";

const BOTH = { kind: "kill-harness-and-guardian" } as const;

function seen(pid: number, ...argv: readonly string[]): SeenProcess {
  return { pid, startTicks: 100 + pid, state: "S", parent: 1, group: pid, session: pid, argv };
}

const NOBODY: Typed = {
  pid: 0,
  startedAt: 0,
  ended: Promise.resolve(0),
  exit: () => 0,
  said: () => "",
  type: () => undefined,
  closeOutput: () => undefined,
};

test("a harness behind bin.js is the program that it handed over to, and whom the journal names before all", () => {
  const wrapper = seen(11, "/usr/bin/node", "/p/harness/bin.js", "black-friday");
  const main = seen(12, "/usr/bin/node", "/p/harness/main.ts", "black-friday");
  expect(castOf([wrapper]).harness).toBe(wrapper);
  expect(castOf([wrapper, main]).harness).toBe(main);
  expect(castOf([wrapper, main], { pid: 11, startTicks: 111 }).harness).toBe(wrapper);
  // A number that is used again is somebody else.
  expect(castOf([wrapper, main], { pid: 11, startTicks: 999 }).harness).toBe(main);
  expect(castOf([{ ...main, state: "Z" }]).harness).toBeUndefined();
});

test("a blow to both is dealt where the guardian has gone already, and says so", async () => {
  const child = spawn("sleep", ["60"]);
  await once(child, "spawn");
  const harness = readProcess(child.pid ?? 0);
  if (harness === undefined) throw new Error("it does not run");
  const cast = { npm: undefined, harness, guardian: undefined };
  const dealt = await deal(BOTH, NOBODY, cast);
  expect(dealt.missed).toBeUndefined();
  expect(dealt.hit).toEqual([harness]);
  expect(dealt.note).toContain("the guardian does not run");
  expect(await misdealt(BOTH, dealt, cast, harness)).toEqual([]);
  expect((await misdealt(BOTH, dealt, cast, { pid: 1, startTicks: 1 })).join()).toContain("the run's journal names 1");
  expect((await deal(BOTH, NOBODY, cast)).missed).toBe("the harness has just ended");
});

test("the harness is read from the run's journal, and a folder of an earlier run of the same seed is not the new run's", () => {
  const ground = mkdtempSync(join(tmpdir(), "doorbuster-strike-"));
  try {
    mkdirSync(join(ground, "runs", "r"), { recursive: true });
    expect(ownerOf(ground, "r")).toBeUndefined();
    writeFileSync(
      join(ground, "runs", "r", "journal"),
      'doorbuster-journal 1\n88 0badcafe {"verb":"run","runId":"r","harness":{"pid":7,"startTicks":70,"bootId":"b"}}\n',
    );
    expect(ownerOf(ground, "r")).toEqual({ pid: 7, startTicks: 70 });
    const results = join(ground, "results");
    mkdirSync(join(results, "29991231T000000-s"), { recursive: true });
    using tail = new HistoryTail(results, "s");
    expect(tail.folder).toBeUndefined();
    mkdirSync(join(results, "20260101T000000-s"));
    mkdirSync(join(results, "29991231T000001-other-s"));
    expect(tail.folder).toBeUndefined();
    const own = join(results, "29991231T000001-s");
    mkdirSync(own);
    expect(tail.folder).toBe(own);
    writeFileSync(
      join(own, "history.jsonl"),
      '{"seq":0,"at":1,"source":"harness","kind":"run","state":"drained"}\n{"seq":1,"at":2,"source":"harness","kind":"evidence","name":"final/1/orders","data":[]}\n',
    );
    expect(tail.phase).toBe("truth");
    writeFileSync(
      join(own, "history.jsonl"),
      '{"seq":2,"at":3,"source":"harness","kind":"evidence","name":"final/2/orders","data":[]}\n',
      { flag: "a" },
    );
    expect(tail.phase).toBe("teardown");
  } finally {
    rmSync(ground, { recursive: true });
  }
});
