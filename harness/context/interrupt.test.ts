import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";

/** A program that heals for as long as its argument says, and ends with the code of what interrupted it. */
const PROGRAM = `
import { listenForInterrupts } from "${join(import.meta.dirname, "interrupt.ts")}";
const [healMs, after] = process.argv.slice(1);
const interrupts = listenForInterrupts((line) => console.log(line));
const alive = setInterval(() => undefined, 1_000);
interrupts.signal.addEventListener("abort", () => setTimeout(() => {
  clearInterval(alive);
  interrupts[Symbol.dispose]();
  console.log("healed");
  process.exitCode = interrupts.signal.reason.exitCode;
}, Number(healMs)));
console.log("listening");
if (after === "reject") void Promise.reject(new Error("nobody caught this"));
if (after === "throw") setTimeout(() => { throw new Error("nor this"); }, 10);
`;

let running: ChildProcess | undefined;
afterEach(() => void running?.kill("SIGKILL"));

async function start(healMs: number, after = "", env: Readonly<Record<string, string>> = {}) {
  const { DOORBUSTER_PARENT: _, ...own } = process.env;
  const child = spawn(process.execPath, ["--input-type=module", "-e", PROGRAM, String(healMs), after], {
    env: { ...own, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  running = child;
  let said = "";
  child.stdout?.on("data", (bytes) => {
    said += bytes;
  });
  const exited = once(child, "exit");
  while (!said.includes("listening")) await sleep(10);
  return {
    child,
    async end(): Promise<{ readonly code: unknown; readonly said: readonly string[] }> {
      const [code] = await exited;
      return { code, said: said.trim().split("\n").slice(1) };
    },
  };
}

describe("an interrupt", () => {
  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 143],
  ] as const)("by %s ends with %i, after what heals is done", async (signal, code) => {
    const { child, end } = await start(50);
    child.kill(signal);
    const ended = await end();
    expect(ended.code).toBe(code);
    expect(ended.said.at(-1)).toBe("healed");
  });

  test("is told once when npm passes on what the terminal has told already, and again when a person insists", async () => {
    const { child, end } = await start(600);
    child.kill("SIGINT");
    await sleep(5);
    child.kill("SIGINT");
    await sleep(200);
    child.kill("SIGTERM");
    const { code, said } = await end();
    expect(code).toBe(130);
    expect(said).toHaveLength(3);
    expect(said[1]).toContain("terminated again");
  });

  test.each(["reject", "throw"])("by a defect that nobody caught (%s) heals as well, and ends with 70", async (how) => {
    const { code, said } = await (await start(50, how)).end();
    expect(code).toBe(70);
    expect(said.at(-1)).toBe("healed");
  });

  test("comes within a second when npm was killed before anybody listened", async () => {
    // No process has this number: the kernel's limit is lower.
    const { code, said } = await (await start(50, "", { DOORBUSTER_PARENT: "4194305" })).end();
    expect(code).toBe(143);
    expect(said[0]).toContain("the parent process is gone");
  });
});
