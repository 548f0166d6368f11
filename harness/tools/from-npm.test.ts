import { existsSync, mkdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findNode } from "./find-node.ts";
import { copyNative } from "./from-npm.ts";
import { scratchFolder } from "./scratch-folder.ts";

const bringing = { signal: new AbortController().signal, progress: () => undefined };

test("the Node that runs this also runs the shop", async () => {
  const node = await findNode(bringing);
  expect(existsSync(node.path)).toBe(true);
  expect(Number(node.version.split(".")[0])).toBeGreaterThanOrEqual(24);
});

test("links that npm could not carry are made in the copy, and everybody may read it", async () => {
  using scratch = scratchFolder();
  const native = join(scratch.path, "native");
  mkdirSync(join(native, "lib"), { recursive: true });
  writeFileSync(join(native, "lib", "libssl.so.1.1"), "library", { mode: 0o600 });
  const links = [{ source: "native/lib/libssl.so.1.1", target: "native/lib/libssl.so" }];
  writeFileSync(join(native, "pg-symlinks.json"), JSON.stringify(links));
  const copy = join(scratch.path, "copy");
  mkdirSync(copy);
  await copyNative(native, copy, bringing.signal);
  expect(readlinkSync(join(copy, "lib", "libssl.so"))).toBe("libssl.so.1.1");
  expect(readFileSync(join(copy, "lib", "libssl.so"), "utf8")).toBe("library");
  expect(statSync(join(copy, "lib", "libssl.so.1.1")).mode & 0o444).toBe(0o444);
  expect(existsSync(join(native, "lib", "libssl.so"))).toBe(false);
});
