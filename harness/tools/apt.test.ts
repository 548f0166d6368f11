import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { missingPackages, packagesToUnpack, unpackPackages } from "./apt.ts";
import { hasDebianPackages } from "./mend.ts";
import { scratchFolder } from "./scratch-folder.ts";

const apt = { ownFolder: undefined, signal: AbortSignal.timeout(25_000) };

test("libraries and the program's own packages are unpacked; scripts, their modules and the C library are not", () => {
  const simulated = `NOTE: This is only a simulation!
Inst libc6 [2.36-9] (2.36-10 Debian:12 [amd64])
Inst libjson-perl (4.10000-1 Debian:12.15/oldstable [all])
Inst postgresql-common (248+deb12u1 Debian:12.15/oldstable [all])
Inst libc-ares2 [1.18.1-2] (1.18.1-3 Debian:12.15/oldstable [amd64])
Inst pgbouncer (1.18.0-1+deb12u1 Debian:12.15/oldstable [amd64])
Conf pgbouncer (1.18.0-1+deb12u1 Debian:12.15/oldstable [amd64])`;
  expect(packagesToUnpack(simulated, "pgbouncer")).toEqual([
    { name: "libc-ares2", version: "1.18.1-3" },
    { name: "pgbouncer", version: "1.18.0-1+deb12u1" },
  ]);
});

test("the program of redis-server lies in redis-tools, so that comes too", () => {
  const simulated = `Inst redis-tools (5:7.0.15-1~deb12u10 Debian-Security:12 [amd64])
Inst redis-server (5:7.0.15-1~deb12u10 Debian-Security:12 [amd64])`;
  expect(packagesToUnpack(simulated, "redis-server").map((each) => each.name)).toEqual(["redis-tools", "redis-server"]);
});

test.runIf(hasDebianPackages())("a package that apt does not know is an empty answer", async () => {
  expect(await missingPackages("no-such-package-at-all", apt)).toEqual([]);
});

test.runIf(hasDebianPackages())(
  "a version that the archive does not have is an error, and no half folder",
  async () => {
    using scratch = scratchFolder();
    const wanted = [{ name: "liblzf1", version: "0.0-0" }];
    await expect(unpackPackages(wanted, scratch.path, apt)).rejects.toThrow("liblzf1");
    expect(readdirSync(scratch.path)).toEqual(["archives"]);
  },
);
