import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { smallDisk } from "#harness/testing/small-disk.ts";

/** A harness in small: it records twenty kilobytes every 20 ms until it is told to end, and heals before it does. */
const PROGRAM = `
import { listenForInterrupts } from "${join(import.meta.dirname, "interrupt.ts")}";
import { recorder } from "${join(import.meta.dirname, "recorder.ts")}";
import { systemClock } from "${join(import.meta.dirname, "clock.ts")}";
const interrupts = listenForInterrupts((line) => console.log(line));
const history = recorder(process.argv[1], systemClock());
const detail = "x".repeat(20_000);
const writing = setInterval(() => history.append("harness", { kind: "run", state: "ended", detail }), 20);
interrupts.signal.addEventListener("abort", () => {
  clearInterval(writing);
  console.log("healed");
  interrupts[Symbol.dispose]();
  process.exitCode = interrupts.signal.reason.exitCode;
});
`;

test("a history whose disk is full ends the run in order, as the environment's doing, and what it has is readable", async (context) => {
  using disk = smallDisk(256);
  if (disk === undefined) return context.skip("nobody may mount a file system here");
  const path = join(disk.path, "history.jsonl");
  const child = spawn(process.execPath, ["--input-type=module", "-e", PROGRAM, path], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  child.stdout.on("data", (bytes) => {
    said += bytes;
  });
  const [code] = await once(child, "exit");
  expect(code).toBe(69);
  expect(said).toMatch(/the history .* could not be written: ENOSPC.*: healing faults and ending everything\nhealed/);
  const lines = readFileSync(path, "utf8").split("\n");
  expect(lines.length).toBeGreaterThan(5);
  // All but the last, which the full disk has cut off.
  for (const [seq, line] of lines.slice(0, -1).entries()) expect(JSON.parse(line).seq).toBe(seq);
});
