import { rm } from "node:fs/promises";
import { dirname } from "node:path";
import { performance } from "node:perf_hooks";
import { messageOf } from "#core/errors.ts";
import { CHECK_MS, GO, LEASE_MS, OVERDUE, READY, UNDONE } from "./lease.ts";
import { OverdueFaults } from "./overdue.ts";
import { undoRun } from "./undo.ts";

/**
 * The guardian of one run: a small process of its own, without any library, that holds a pipe from the harness. When
 * the pipe ends, or the harness has been silent for longer than its lease, it undoes what the journal says. A fault that
 * is there past its own deadline it undoes also while the harness lives.
 */
const journal = process.argv[2];
if (journal === undefined) throw new Error("usage: guardian-main.ts <journal>");

/** Times of the monotonic clock: a machine that sleeps ages nobody's lease. */
let lastBeat = performance.now();
let lastCheck = lastBeat;
let undoing: Promise<boolean> | undefined;
let expired = false;
const overdue = new OverdueFaults(journal);
const told = new Set<string>();

// An interrupt of the terminal is the harness's to handle; the guardian goes when the harness goes.
for (const signal of ["SIGINT", "SIGHUP", "SIGTERM"] as const) process.on(signal, () => undefined);
// Whoever reads these may be gone. That must not end the guardian before its work is done.
process.stdout.on("error", () => undefined);
process.stderr.on("error", () => undefined);

process.stdin.on("data", (bytes) => {
  lastBeat = performance.now();
  if (bytes.includes(GO)) process.exit(0);
});
process.stdin.on("end", () => void leave());
process.stdin.on("error", () => void leave());

setInterval(() => {
  const now = performance.now();
  // A check that is late itself says that this process was stopped or starved: then the harness may have been too.
  if (now - lastCheck > CHECK_MS * 4) lastBeat = now;
  lastCheck = now;
  if (now - lastBeat > LEASE_MS && !expired) {
    expired = true;
    void undo(`no sign of life from the harness for ${LEASE_MS} ms`).then(() => process.stdout.write(UNDONE));
  }
  if (undoing === undefined) void undoOverdue(now);
}, CHECK_MS);

process.stdout.write(READY);

function undo(reason: string): Promise<boolean> {
  undoing ??= work(reason).finally(() => {
    undoing = undefined;
  });
  return undoing;
}

async function work(reason: string): Promise<boolean> {
  say(reason);
  try {
    const { done, left } = await undoRun(journal ?? "");
    for (const line of [...done, ...left.map((problem) => `left: ${problem}`)]) say(line);
    return left.length === 0;
  } catch (thrown) {
    say(`left: ${messageOf(thrown)}`);
    return false;
  }
}

async function undoOverdue(now: number): Promise<void> {
  // A journal that is gone or cannot be read has nothing to tell: its run is being undone.
  const found = await overdue.look(now).catch(() => []);
  for (const { fault, left } of found) {
    if (told.has(fault.id)) continue;
    told.add(fault.id);
    say(`fault ${fault.id} (${fault.description}) was there ${fault.deadlineMs} ms after it was begun; undone`);
    for (const problem of left) say(`left: ${problem}`);
    process.stdout.write(`${OVERDUE}${fault.description.replaceAll("\n", " ")}\n`);
  }
}

async function leave(): Promise<void> {
  // A harness that came back from a long stop may have started something since: what was undone is undone again.
  await undoing;
  const isClean = await undo("the harness is gone");
  // With it goes this process's own log: nobody looks for what a run did that has left nothing.
  if (isClean && journal !== undefined) await rm(dirname(journal), { recursive: true, force: true, maxRetries: 3 });
  process.exit(isClean ? 0 : 1);
}

function say(line: string): void {
  process.stderr.write(`${new Date().toISOString()} ${line}\n`);
}
