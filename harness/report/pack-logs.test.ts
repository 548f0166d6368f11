import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect, onTestFinished, test } from "vitest";
import { packLogs } from "./pack-logs.ts";

test("a large log is packed whole, and small ones stay as they are", async () => {
  const folder = await mkdtemp(join(tmpdir(), "logs-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const lines = Array.from(
    { length: 20_000 },
    (_, i) => `{"id":"r.${i}.1.1","at":1795519547858,"status":200,"end":"----"}\n`,
  );
  await writeFile(join(folder, "edge.log"), lines);
  await writeFile(join(folder, "worker-1.log"), "it listens\n");
  await writeFile(join(folder, "notes.txt"), "x".repeat(2_000_000));
  await packLogs(folder);
  expect((await readdir(folder)).sort()).toEqual(["edge.log.gz", "notes.txt", "worker-1.log"]);
  const packed = await readFile(join(folder, "edge.log.gz"));
  expect(gunzipSync(packed).toString()).toBe(lines.join(""));
  expect(packed.length).toBeLessThan(lines.join("").length / 8);
});

test("a run that left no logs has nothing to pack", async () => {
  await expect(packLogs(join(tmpdir(), "there-is-no-such-folder"))).resolves.toBeUndefined();
});
