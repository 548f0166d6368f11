import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, expect, test } from "vitest";
import type { HistoryRecord } from "#core/history.ts";
import { judge } from "#harness/checkers/index.ts";
import { readStored } from "#harness/report/index.ts";
import blackFriday from "#scenarios/black-friday.ts";
import { paced } from "#scenarios/shared/pace.ts";
import { invariantCheckers } from "#system/evidence/index.ts";
import { topologyOf } from "#system/topology.ts";
import { cleanHistory } from "./generate/index.ts";
import { writeHistory } from "./history-folder.ts";

const scenario = paced(blackFriday, { pace: "quick" });
const topology = topologyOf("scaled", []);
const clean = [...cleanHistory("judging", scenario, topology)];
const folder = await mkdtemp(join(tmpdir(), "doorbuster-judging-"));
afterAll(() => rm(folder, { recursive: true, force: true }));

const inMemory = (records: readonly HistoryRecord[]): string =>
  JSON.stringify(judge({ scenario, topology, records }, invariantCheckers));

async function fromFile(records: readonly HistoryRecord[]): Promise<string> {
  await writeHistory(folder, { scenario, topology }, records);
  const stored = await readStored(join(folder, "history.jsonl.gz"));
  return JSON.stringify(judge({ scenario, topology, ...stored }, invariantCheckers));
}

const run = promisify(execFile);

/** Judged in a process of its own, that has another idea of time and language, and other seeds for its hash tables. */
async function elsewhere(seed: number, env: Readonly<Record<string, string>>): Promise<string> {
  const main = join(import.meta.dirname, "judge-main.ts");
  const { stdout } = await run(process.execPath, [`--hash-seed=${seed}`, main, folder], {
    env: { PATH: process.env.PATH, ...env },
    maxBuffer: 16 * 1_024 * 1_024,
  });
  return JSON.stringify(JSON.parse(stdout).judgement);
}

test("the same history is judged to the same bytes, in whatever process, zone and language", {
  timeout: 120_000,
}, async () => {
  const here = inMemory(clean);
  expect(await fromFile(clean)).toBe(here);
  const [far, near] = await Promise.all([
    elsewhere(1, { TZ: "Pacific/Auckland", LANG: "tr_TR.UTF-8", LC_ALL: "tr_TR.UTF-8" }),
    elsewhere(2, { TZ: "UTC", LANG: "C" }),
  ]);
  expect(far).toBe(here);
  expect(near).toBe(here);
});

test("what is packed away is judged as what lies in memory, also where something is wrong", {
  timeout: 120_000,
}, async () => {
  const at = Math.floor(clean.length / 2);
  const renumbered = (records: readonly HistoryRecord[]) => records.map((record, seq) => ({ ...record, seq }));
  const spoiled: readonly (readonly HistoryRecord[])[] = [
    clean.filter(({ seq }) => seq !== at),
    renumbered(clean.filter((record) => record.kind !== "evidence" || record.name !== "final/2/orders")),
    clean.map((record) =>
      record.kind === "run" && record.state === "steady" ? { ...record, state: "not-steady" } : record,
    ),
    clean.map((record) => (record.kind === "load.batch" && record.second > 30 ? { ...record, latency: {} } : record)),
  ];
  for (const records of spoiled) expect(await fromFile(records)).toBe(inMemory(records));
});
