import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { chmod, mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Tool } from "#core/toolbox.ts";
import type { Bringing } from "./bringing.ts";
import type { PinnedProgram, Release } from "./catalogue.ts";
import { runCommand } from "./command.ts";
import { ToolError } from "./errors.ts";
import { finishedFolder } from "./finished-folder.ts";

/** A network that reaches the release answers in far less; one that does not must not hold up the next way. */
const ANSWER_DEADLINE_MS = 3_000;

/** 60 MB over a line of 1 MB/s, five times over. */
const DOWNLOAD_DEADLINE_MS = 300_000;

/** The largest release has about 60 MB: more than this is not what was asked for. */
const BYTES_AT_MOST = 250_000_000;

/** Characters of a hash in a folder's name: enough that two releases never share one. */
const HASH_SHOWN = 12;

/** Downloads a release and unpacks it; nothing of it is kept unless its SHA-256 is the pinned one. */
export async function fromRelease(
  pinned: Pick<PinnedProgram, "program" | "version">,
  release: Release,
  programs: string,
  bringing: Bringing,
): Promise<Tool> {
  const name = `${pinned.program}-${pinned.version}-release-${release.sha256.slice(0, HASH_SHOWN)}`;
  const folder = await finishedFolder(join(programs, name), async (unfinished) => {
    const file = join(unfinished, "download");
    await download(release, file, bringing);
    if (release.archive === "none") {
      await rename(file, join(unfinished, pinned.program));
    } else {
      await unpack(file, release.member, join(unfinished, pinned.program), bringing);
    }
    await chmod(join(unfinished, pinned.program), 0o755);
  });
  return { path: join(folder, pinned.program), env: {}, version: pinned.version, source: "release" };
}

async function download(release: Release, file: string, bringing: Bringing): Promise<void> {
  const answer = new AbortController();
  const tooSlow = setTimeout(
    () => answer.abort(new Error(`no answer within ${ANSWER_DEADLINE_MS / 1_000} s`)),
    ANSWER_DEADLINE_MS,
  );
  const signal = AbortSignal.any([bringing.signal, answer.signal, AbortSignal.timeout(DOWNLOAD_DEADLINE_MS)]);
  try {
    const response = await fetch(release.url, { signal });
    clearTimeout(tooSlow);
    if (!response.ok || response.body === null) {
      throw new Error(`the server answered ${response.status}`);
    }
    bringing.progress(`downloading ${release.url}`);
    const hash = createHash("sha256");
    await pipeline(Readable.fromWeb(response.body), hashing(hash), createWriteStream(file), { signal });
    const found = hash.digest("hex");
    if (found !== release.sha256) {
      throw new Error(`its SHA-256 is ${found}, not ${release.sha256}`);
    }
  } catch (cause) {
    bringing.signal.throwIfAborted();
    throw new ToolError(
      {
        tried: "download a release",
        on: release.url,
        happened: innermost(cause),
        next: "nothing, if another way brings the program; DOORBUSTER_OFFLINE=1 skips downloads",
      },
      { cause },
    );
  } finally {
    clearTimeout(tooSlow);
  }
}

function hashing(hash: ReturnType<typeof createHash>): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      hash.update(chunk);
      done(bytes > BYTES_AT_MOST ? new Error(`it has more than ${BYTES_AT_MOST} bytes`) : null, chunk);
    },
  });
}

async function unpack(archive: string, member: string, target: string, bringing: Bringing): Promise<void> {
  const folder = `${archive}-unpacked`;
  await mkdir(folder);
  await runCommand("tar", ["-xf", archive, "-C", folder, member], { signal: bringing.signal, deadlineMs: 60_000 });
  await rename(join(folder, member), target);
  await rm(folder, { recursive: true });
  await rm(archive);
}

/** `fetch` says only "fetch failed"; the reason is inside. */
function innermost(thrown: unknown): string {
  let current = thrown;
  // Chains of causes are two or three long; the limit guards against one that refers to itself.
  for (let depth = 0; depth < 10 && current instanceof Error && current.cause instanceof Error; depth += 1) {
    current = current.cause;
  }
  return current instanceof Error ? current.message : String(current);
}
