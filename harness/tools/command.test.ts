import { expect, test } from "vitest";
import { runCommand } from "./command.ts";
import { ToolError } from "./errors.ts";

const options = { signal: new AbortController().signal, deadlineMs: 5_000 };

test("what a command prints on both streams is given, line by line and whole", async () => {
  const lines: string[] = [];
  const said = await runCommand("sh", ["-c", "echo one; echo two >&2"], {
    ...options,
    onLine: (line) => lines.push(line),
  });
  expect(lines.toSorted()).toEqual(["one", "two"]);
  expect(said.split("\n").toSorted()).toEqual(["one", "two"]);
});

test("a failure quotes the command, its exit code and its last lines", async () => {
  const failing = runCommand("sh", ["-c", "echo no such module; exit 3"], options);
  await expect(failing).rejects.toThrow(/sh -c .*exit code 3\n.*no such module/s);
});

test("a program that is not there is an error with its cause", async () => {
  const failure: unknown = await runCommand("/no/such/program", [], options).catch((thrown: unknown) => thrown);
  expect(failure).toBeInstanceOf(ToolError);
  expect(failure).toHaveProperty("cause.code", "ENOENT");
});

test("a command that hangs is killed at its deadline", async () => {
  await expect(runCommand("sleep", ["60"], { ...options, deadlineMs: 50 })).rejects.toThrow(ToolError);
});

test("an interrupted command is waited for until it has tidied up", async () => {
  const lines: string[] = [];
  const interrupt = new AbortController();
  const running = runCommand("sh", ["-c", "trap 'sleep 0.2; echo tidied; exit 1' INT; echo on; sleep 1 & wait"], {
    signal: interrupt.signal,
    deadlineMs: 5_000,
    onLine: (line) => {
      lines.push(line);
      interrupt.abort();
    },
  });
  await expect(running).rejects.toThrow(ToolError);
  expect(lines).toEqual(["on", "tidied"]);
});
