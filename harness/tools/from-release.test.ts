import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Release } from "./catalogue.ts";
import { pinnedPrograms } from "./catalogue.ts";
import { fromRelease } from "./from-release.ts";
import { scratchFolder, writeProgram } from "./scratch-folder.ts";

const pinned = { program: "k6", version: "2.2.0" } as const;
const bringing = { signal: new AbortController().signal, progress: () => undefined };

/** Serves one file; a request for `/moved` is sent on to it, as release pages do. `undefined` never answers. */
async function serving(content: Buffer | undefined): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer((request, response) => {
    if (request.url === "/moved") {
      response.writeHead(302, { location: "/file" }).end();
    } else if (request.url === "/file" && content !== undefined) {
      response.end(content);
    } else if (request.url === "/absent") {
      response.writeHead(404).end();
    }
  });
  const listening = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", listening.resolve);
  await listening.promise;
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** A made-up release: an archive with one program in a folder. */
function archiveWith(scratch: string): { readonly content: Buffer; readonly member: string } {
  mkdirSync(join(scratch, "k6-v2.2.0-linux-amd64"));
  writeProgram(join(scratch, "k6-v2.2.0-linux-amd64"), "k6", "k6 v2.2.0");
  spawnSync("tar", ["-czf", join(scratch, "release.tar.gz"), "-C", scratch, "k6-v2.2.0-linux-amd64"]);
  return { content: readFileSync(join(scratch, "release.tar.gz")), member: "k6-v2.2.0-linux-amd64/k6" };
}

function sha256(content: Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}

test("an archive with the pinned hash is unpacked once, through a redirect", async () => {
  using scratch = scratchFolder();
  const { content, member } = archiveWith(scratch.path);
  const programs = join(scratch.path, "programs");
  let release: Release;
  {
    await using server = await serving(content);
    release = { url: `${server.url}/moved`, sha256: sha256(content), archive: "tar", member };
    const tool = await fromRelease(pinned, release, programs, bringing);
    expect(tool).toMatchObject({ version: "2.2.0", source: "release" });
    expect(spawnSync(tool.path).stdout.toString()).toBe("k6 v2.2.0\n");
    expect(readdirSync(join(tool.path, ".."))).toEqual(["k6"]);
  }
  // The server is gone: what was unpacked is used without asking it.
  expect(existsSync((await fromRelease(pinned, release, programs, bringing)).path)).toBe(true);
});

test("a release that is the program itself is made executable", async () => {
  using scratch = scratchFolder();
  const content = readFileSync(writeProgram(scratch.path, "plain", "toxiproxy-server version 2.12.0"));
  await using server = await serving(content);
  const release: Release = { url: `${server.url}/file`, sha256: sha256(content), archive: "none", member: "plain" };
  const tool = await fromRelease(pinned, release, join(scratch.path, "programs"), bringing);
  expect(spawnSync(tool.path).stdout.toString()).toBe("toxiproxy-server version 2.12.0\n");
});

test("nothing is kept of a download with another hash", async () => {
  using scratch = scratchFolder();
  const content = Buffer.from("something else");
  await using server = await serving(content);
  const expected = "0".repeat(64);
  const release: Release = { url: `${server.url}/file`, sha256: expected, archive: "none", member: "k6" };
  const programs = join(scratch.path, "programs");
  await expect(fromRelease(pinned, release, programs, bringing)).rejects.toThrow(
    `its SHA-256 is ${sha256(content)}, not ${expected}`,
  );
  expect(readdirSync(programs)).toEqual([]);
});

test("a release that is not there, and a server that is not there, are told apart", async () => {
  using scratch = scratchFolder();
  let url: string;
  {
    await using server = await serving(Buffer.alloc(0));
    url = `${server.url}/absent`;
    const release: Release = { url, sha256: "0".repeat(64), archive: "none", member: "k6" };
    await expect(fromRelease(pinned, release, scratch.path, bringing)).rejects.toThrow("the server answered 404");
  }
  const release: Release = { url, sha256: "0".repeat(64), archive: "none", member: "k6" };
  await expect(fromRelease(pinned, release, scratch.path, bringing)).rejects.toThrow("ECONNREFUSED");
});

test("a server that does not answer is given up after three seconds", async () => {
  using scratch = scratchFolder();
  await using server = await serving(undefined);
  const release: Release = { url: `${server.url}/file`, sha256: "0".repeat(64), archive: "none", member: "k6" };
  const begun = performance.now();
  await expect(fromRelease(pinned, release, scratch.path, bringing)).rejects.toThrow("no answer within 3 s");
  expect(performance.now() - begun).toBeLessThan(5_000);
});

test("every pinned release has a whole SHA-256 and is fetched over https", () => {
  const releases = pinnedPrograms.flatMap((each) => [...each.releases.values()]);
  expect(releases.length).toBe(8);
  for (const { url, sha256: hash } of releases) {
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(url).toMatch(/^https:\/\//);
  }
  expect(new Set(releases.map((each) => each.sha256)).size).toBe(releases.length);
});
