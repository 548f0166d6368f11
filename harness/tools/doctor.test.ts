import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { examine } from "./doctor.ts";
import { scratchFolder } from "./scratch-folder.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

test("the doctor looks at every tool and at the machine, and makes no folder", async () => {
  using scratch = scratchFolder();
  vi.stubEnv("DOORBUSTER_CACHE", join(scratch.path, "cache"));
  vi.stubEnv("DOORBUSTER_STATE", join(scratch.path, "state"));
  const findings = await examine();
  expect(findings.map((each) => each.name)).toEqual([
    ...["node", "npm", "go", "apt", "k6", "toxiproxy-server", "haproxy", "redis-server", "pgbouncer", "postgres"],
    ...[
      "cpu limits",
      "file descriptors",
      "memory",
      "cores",
      "cache folder",
      "state folder",
      "state folder's owner",
      "service user",
      "ports",
    ],
  ]);
  for (const { ok, detail, mend } of findings) {
    expect(detail).not.toBe("");
    expect(mend === undefined).toBe(ok);
  }
  expect(existsSync(join(scratch.path, "cache"))).toBe(false);
  expect(existsSync(join(scratch.path, "state"))).toBe(false);
});
