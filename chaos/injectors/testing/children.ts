import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import type { ProcessIdentity } from "#core/journal.ts";

export const HOST = "127.0.0.1";

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, HOST);
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("a TCP server has no port");
  return address.port;
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect({ host: HOST, port });
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

export interface Child {
  readonly process: ChildProcess;
  readonly identity: ProcessIdentity;
  end(): Promise<void>;
}

/** Starts a program that listens on a port and resolves when it does. */
export async function startListening(
  path: string,
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
  port: number,
): Promise<Child> {
  const child = spawn(path, argv, { env, stdio: "ignore" });
  await once(child, "spawn");
  const pid = child.pid ?? 0;
  const identity = { pid, startTicks: startTicks(pid), bootId: "test" };
  for (let tries = 0; !(await isListening(port)); tries += 1) {
    if (tries > 500 || child.exitCode !== null) throw new Error(`${path} does not listen on ${port}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const end = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  };
  return { process: child, identity, end };
}

/** Field 22 of stat; the name in field 2 may hold anything, so fields count from the last bracket. */
function startTicks(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]);
}
