import { expect, test } from "vitest";
import { isAtLeast, versionIn } from "./versions.ts";

test.each([
  ["k6 v2.2.0 (go1.26.8, linux/amd64)", "2.2.0"],
  ["toxiproxy-server version 2.12.0", "2.12.0"],
  ["HAProxy version 2.6.12-1+deb12u4 2026/09/01 - https://haproxy.org/", "2.6.12"],
  ["Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64", "7.0.15"],
  ["PgBouncer 1.18.0\nlibevent 2.1.12-stable", "1.18.0"],
  ["go version go1.26.8 linux/amd64", "1.26.8"],
  ["5:7.0.15-1~deb12u10", "7.0.15"],
])("the version in %j is %s", (said, version) => {
  expect(versionIn(said)).toBe(version);
});

test("a text without a dotted number has no version", () => {
  expect(versionIn("git")).toBeUndefined();
});

test("versions are compared part by part, not as text", () => {
  expect(isAtLeast("2.10", "2.6")).toBe(true);
  expect(isAtLeast("2.6", "2.6.0")).toBe(true);
  expect(isAtLeast("1.17.9", "1.18")).toBe(false);
  expect(isAtLeast("8", "7.0")).toBe(true);
});
