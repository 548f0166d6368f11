import { constants } from "node:fs";
import { chmod, type FileHandle, link, mkdir, open, readFile, rm, rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { crc32 } from "node:zlib";
import { Failure, messageOf } from "#core/errors.ts";
import type { Journal, JournalEntry } from "#core/journal.ts";
import { identityOf, requireTrusted, runFolder, runsFolder } from "#harness/ownership/index.ts";
import { parseEntry } from "./journal-entry.ts";

const NAME = "doorbuster-journal";
/** Raised when an older program could misunderstand what a newer one wrote. */
const VERSION = 1;

/** Folders on the way to a run's folders can be entered by the service user; they cannot be listed by it. */
const ENTERABLE = 0o711;

export function journalPath(stateFolder: string, runId: string): string {
  return join(runFolder(stateFolder, runId), "journal");
}

export interface RunJournal extends Journal, AsyncDisposable {
  readonly path: string;
}

/** Begins a run's journal. It appears under its name together with its first entry, which says whose run it is. */
export async function createJournal(stateFolder: string, runId: string): Promise<RunJournal> {
  const path = journalPath(stateFolder, runId);
  const harness = identityOf(process.pid);
  if (harness === undefined) {
    throw new Failure(
      "environment",
      ["/proc does not tell the identity of this process"],
      "Mount /proc, then run again.",
    );
  }
  requireTrusted([stateFolder, runsFolder(stateFolder), dirname(path)]);
  for (const folder of [runsFolder(stateFolder), dirname(path)]) {
    await mkdir(folder, { recursive: true });
    // A mask set by the caller may have closed the folder to the service user.
    await chmod(folder, ENTERABLE);
  }
  const draft = `${path}.${process.pid}`;
  const file = await open(
    draft,
    constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_APPEND,
    0o600,
  );
  const journal = new FileJournal(path, file);
  try {
    await file.writeFile(`${NAME} ${VERSION}\n`);
    await journal.write({ verb: "run", runId, harness });
    // A link, unlike a renaming, does not take the place of another run's journal.
    await link(draft, path);
    await syncFolder(dirname(path));
    return journal;
  } catch (cause) {
    await journal[Symbol.asyncDispose]();
    await rm(draft, { force: true });
    // Only an empty one goes: another run's folder is not, and nobody else would remove this one.
    await rmdir(dirname(path)).catch(() => undefined);
    throw new Failure("environment", [`no journal could be begun at ${path}: ${messageOf(cause)}`], "Run again.", {
      cause,
    });
  } finally {
    await rm(draft, { force: true });
  }
}

/** Opens a journal to add what its run can no longer add itself. */
export async function reopenJournal(path: string): Promise<RunJournal> {
  const journal = new FileJournal(path, await open(path, constants.O_WRONLY | constants.O_APPEND));
  await journal.begin();
  return journal;
}

class FileJournal implements RunJournal {
  readonly path: string;
  readonly #file: FileHandle;
  #pending: { readonly line: string; readonly done: PromiseWithResolvers<void> }[] = [];
  #writing: Promise<void> = Promise.resolve();
  /** A write that failed may have left half a line: the next one begins on a fresh line. */
  #torn = false;

  constructor(path: string, file: FileHandle) {
    this.path = path;
    this.#file = file;
  }

  async begin(): Promise<void> {
    this.#torn = true;
  }

  write(entry: JournalEntry): Promise<void> {
    const done = Promise.withResolvers<void>();
    this.#pending.push({ line: recordLine(entry), done });
    // Entries that arrive while the disk is busy share the next fsync: thirty processes start at once.
    if (this.#pending.length === 1) this.#writing = this.#writing.then(() => this.#flush());
    return done.promise;
  }

  async #flush(): Promise<void> {
    const batch = this.#pending;
    this.#pending = [];
    try {
      await this.#file.appendFile(`${this.#torn ? "\n" : ""}${batch.map(({ line }) => line).join("")}`);
      await this.#file.datasync();
      this.#torn = false;
      for (const { done } of batch) done.resolve();
    } catch (cause) {
      this.#torn = true;
      const failure = new Failure(
        "environment",
        [`the journal ${this.path} could not be written: ${messageOf(cause)}`],
        "Nothing is done that could not be undone. Free space on that disk, then run again.",
        { cause },
      );
      for (const { done } of batch) done.reject(failure);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writing;
    await this.#file.close();
  }
}

/** `<bytes> <crc32> <json>`: the length shows a torn end, the sum a damaged middle. */
export function recordLine(entry: JournalEntry): string {
  const json = JSON.stringify(entry);
  return `${Buffer.byteLength(json)} ${crc32(json).toString(16).padStart(8, "0")} ${json}\n`;
}

export interface JournalContent {
  readonly entries: readonly JournalEntry[];
  /** Lines that were not whole. What they said is unknown; all other lines are still acted upon. */
  readonly damaged: number;
  /** Its last word is `end`: everything was undone. */
  readonly ended: boolean;
}

/** @throws Failure when a newer program wrote it: guessing could harm. */
export async function readJournal(path: string): Promise<JournalContent> {
  const [header = "", ...lines] = (await readFile(path, "utf8")).split("\n");
  const [name, version] = header.split(" ");
  if (name === NAME && Number(version) > VERSION) {
    throw new Failure(
      "environment",
      [`${path} was written by a newer version of this program (format ${version}, this one knows ${VERSION})`],
      "Run `npm run scenario recover` with that version.",
    );
  }
  const entries: JournalEntry[] = [];
  let damaged = name === NAME && Number(version) === VERSION ? 0 : 1;
  for (const line of lines.filter((text) => text !== "")) {
    const entry = parseRecord(line);
    if (entry === undefined) damaged += 1;
    else entries.push(entry);
  }
  return { entries, damaged, ended: entries.at(-1)?.verb === "end" };
}

function parseRecord(line: string): JournalEntry | undefined {
  const match = /^(\d+) ([0-9a-f]{8}) (.+)$/.exec(line);
  const json = match?.[3];
  if (json === undefined) return undefined;
  if (Buffer.byteLength(json) !== Number(match?.[1]) || crc32(json) !== Number.parseInt(match?.[2] ?? "", 16))
    return undefined;
  try {
    return parseEntry(JSON.parse(json));
  } catch {
    return undefined;
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
