import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { distrustOf, requireTrusted } from "./trust.ts";

let ground = "";

beforeEach(() => {
  ground = mkdtempSync(join(tmpdir(), "doorbuster-trust-"));
});

afterEach(() => rmSync(ground, { recursive: true, force: true }));

test("a folder that only its owner can write is trusted, and so is one that is not there", () => {
  const own = join(ground, "own");
  mkdirSync(own);
  chmodSync(own, 0o711);
  expect(distrustOf(own)).toBeUndefined();
  expect(distrustOf(join(ground, "none"))).toBeUndefined();
  requireTrusted([own, join(ground, "none")]);
});

test.each([0o720, 0o702, 0o777])("a folder that others may write into (mode %o) is refused", (mode) => {
  const open = join(ground, "open");
  mkdirSync(open);
  chmodSync(open, mode);
  expect(distrustOf(open)).toMatch(/others may write into it/);
});

test("a link and a file are refused, all at once, each with its path and what mends it", () => {
  const [link, file] = [join(ground, "link"), join(ground, "file")];
  symlinkSync(ground, link);
  writeFileSync(file, "");
  expect(() => requireTrusted([link, file])).toThrow(
    new RegExp(`${link}: it is a link[\\s\\S]*${file}: it is no folder[\\s\\S]*DOORBUSTER_STATE`),
  );
});

test.runIf(process.getuid?.() === 0)("a folder of another user is refused", () => {
  const theirs = join(ground, "theirs");
  mkdirSync(theirs);
  chownSync(theirs, 65_534, 65_534);
  expect(distrustOf(theirs)).toBe("it belongs to user 65534");
});
