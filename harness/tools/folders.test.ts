import { chmodSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { ToolError } from "./errors.ts";
import { cacheFolder, isRoot, openStateFolder, programsFolder, stateFolder } from "./folders.ts";
import { scratchFolder } from "./scratch-folder.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

test("the cache folder follows DOORBUSTER_CACHE, then XDG_CACHE_HOME, then HOME", () => {
  vi.stubEnv("HOME", "/home/ada");
  vi.stubEnv("XDG_CACHE_HOME", undefined);
  vi.stubEnv("DOORBUSTER_CACHE", undefined);
  expect(cacheFolder()).toBe("/home/ada/.cache/doorbuster");
  vi.stubEnv("XDG_CACHE_HOME", "/caches");
  expect(cacheFolder()).toBe("/caches/doorbuster");
  vi.stubEnv("DOORBUSTER_CACHE", "/elsewhere");
  expect(cacheFolder()).toBe("/elsewhere");
  vi.stubEnv("DOORBUSTER_CACHE", "");
  vi.stubEnv("XDG_CACHE_HOME", "");
  expect(cacheFolder()).toBe("/home/ada/.cache/doorbuster");
});

test("the state of root lies outside of its home, which is closed to others", () => {
  vi.stubEnv("HOME", "/home/ada");
  vi.stubEnv("XDG_STATE_HOME", undefined);
  vi.stubEnv("DOORBUSTER_STATE", undefined);
  expect(stateFolder()).toBe(isRoot() ? "/var/tmp/doorbuster-0" : "/home/ada/.local/state/doorbuster");
});

test("only root needs a second place for programs that refuse root", () => {
  vi.stubEnv("DOORBUSTER_CACHE", "/cache");
  vi.stubEnv("DOORBUSTER_STATE", "/state");
  expect(programsFolder({ refusesRoot: false })).toBe("/cache/programs");
  expect(programsFolder({ refusesRoot: true })).toBe(isRoot() ? "/state/programs" : "/cache/programs");
});

test("the state folder is made, and others can pass through it but not write", () => {
  using scratch = scratchFolder();
  vi.stubEnv("DOORBUSTER_STATE", join(scratch.path, "deep", "state"));
  expect(statSync(openStateFolder()).mode & 0o777).toBe(0o711);
});

test("a state folder that others can write is refused, with what mends it", () => {
  using scratch = scratchFolder();
  const folder = join(scratch.path, "state");
  mkdirSync(folder);
  chmodSync(folder, 0o777);
  vi.stubEnv("DOORBUSTER_STATE", folder);
  expect(() => openStateFolder()).toThrow(ToolError);
  // Nobody is told to remove a folder that may be a person's own.
  expect(() => openStateFolder()).toThrow("name another one in DOORBUSTER_STATE");
  expect(() => openStateFolder()).not.toThrow("rm -rf");
});

test("a folder that is somebody's own is never made a state folder: its rights and what is in it stay", () => {
  using scratch = scratchFolder();
  const folder = join(scratch.path, "home");
  mkdirSync(join(folder, "letters"), { recursive: true });
  chmodSync(folder, 0o750);
  for (const [name, home] of [
    [folder, "/home/ada"],
    [folder, folder],
    ["/", "/home/ada"],
  ] as const) {
    vi.stubEnv("DOORBUSTER_STATE", name);
    vi.stubEnv("HOME", home);
    expect(() => openStateFolder()).toThrow(/holds other things|others may write|belongs to/);
  }
  expect(statSync(folder).mode & 0o777).toBe(0o750);
  // With the folders of earlier runs in it, it is one.
  mkdirSync(join(folder, "runs"));
  vi.stubEnv("DOORBUSTER_STATE", folder);
  vi.stubEnv("HOME", "/home/ada");
  expect(openStateFolder()).toBe(folder);
});
