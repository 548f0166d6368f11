import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { resultOf } from "./result.ts";

const BEGAN = Date.parse("2026-11-27T10:00:00Z");

/** A scenario's folder of results, with a result of this start in each of these runs; none where it is undefined. */
async function results(
  runs: Readonly<Record<string, string | undefined>>,
): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), "results-"));
  for (const [name, startedAt] of Object.entries(runs)) {
    await mkdir(join(path, name));
    if (startedAt === undefined) continue;
    const result = { verdict: "held", sentence: "So it went.", startedAt, objectives: [], topology: {}, more: 1 };
    await writeFile(join(path, name, "result.json"), JSON.stringify(result));
  }
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

test("the newest run of a seed is read, and no other seed that ends alike", async () => {
  await using folder = await results({
    "20261127T100001-a": "2026-11-27T10:00:01Z",
    "20261127T100002-a": "2026-11-27T10:00:02Z",
    "20261127T100003-aa": "2026-11-27T10:00:03Z",
  });
  const left = await resultOf(folder.path, "a", BEGAN);
  expect(left).toMatchObject({ folder: join(folder.path, "20261127T100002-a"), result: { verdict: "held" } });
});

test.each([
  ["that began before", { "20261127T095959-a": "2026-11-27T09:59:59Z" }],
  ["that left no result", { "20261127T100001-a": undefined }],
  ["of another seed", { "20261127T100001-b": "2026-11-27T10:00:01Z" }],
])("a run %s has left nothing", async (_, runs) => {
  await using folder = await results(runs);
  expect(await resultOf(folder.path, "a", BEGAN)).toBeUndefined();
});

test("a scenario that was never run has left nothing", async () => {
  expect(await resultOf(join(tmpdir(), "no-such-folder-of-results"), "a", BEGAN)).toBeUndefined();
});
