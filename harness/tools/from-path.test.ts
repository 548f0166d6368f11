import { chmodSync } from "node:fs";
import { afterEach, expect, test, vi } from "vitest";
import { fromPath } from "./from-path.ts";
import { scratchFolder, writeProgram } from "./scratch-folder.ts";
import { findProgram } from "./search-path.ts";

const bringing = { signal: new AbortController().signal, progress: () => undefined };

afterEach(() => {
  vi.unstubAllEnvs();
});

test("a program of the right version on the PATH is taken as it is", async () => {
  using scratch = scratchFolder();
  const path = writeProgram(scratch.path, "k6", "k6 v2.2.0 (go1.26.8, linux/amd64)");
  vi.stubEnv("PATH", `${scratch.path}:/usr/bin:/bin`);
  const found = await fromPath("k6", ["version"], (version) => version === "2.2.0", bringing);
  expect(found).toEqual({ tool: { path, env: {}, version: "2.2.0", source: "path" } });
});

test.each([
  ["of another version", "k6 v1.4.2", 0o755, "is version 1.4.2"],
  ["that says no version", "hello", 0o755, "is version unknown"],
  ["that cannot be executed", "k6 v2.2.0", 0o644, "it is not on the PATH"],
])("a program %s is not taken, and the reason is given", async (_case, line, mode, reason) => {
  using scratch = scratchFolder();
  chmodSync(writeProgram(scratch.path, "k6", line), mode);
  vi.stubEnv("PATH", `${scratch.path}:/usr/bin:/bin`);
  const found = await fromPath("k6", ["version"], (version) => version === "2.2.0", bringing);
  expect(found).toEqual({ reason: expect.stringContaining(reason) });
});

test("the first folder of the PATH wins, and folders relative to the present one are left out", () => {
  using first = scratchFolder();
  using second = scratchFolder();
  const path = writeProgram(first.path, "toxiproxy-server", "");
  writeProgram(second.path, "toxiproxy-server", "");
  expect(findProgram("toxiproxy-server", `.:${first.path}:${second.path}`)).toBe(path);
});
