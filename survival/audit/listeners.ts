import { readdirSync } from "node:fs";
import { linkOf, textOf } from "./processes.ts";

/** A TCP port that somebody listens on, and the kernel's number of the socket. */
export interface Listener {
  readonly port: number;
  readonly inode: string;
}

/** The kernel's number for a socket that listens, in /proc/net/tcp. */
const LISTEN = "0A";

export function readListeners(): readonly Listener[] {
  return ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((table) =>
    textOf(table)
      .split("\n")
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[3] === LISTEN)
      .map((fields) => ({
        port: Number.parseInt(fields[1]?.split(":").at(-1) ?? "", 16),
        inode: fields[9] ?? "",
      })),
  );
}

/** Which of these processes hold the socket; an empty answer may also mean that nobody may look. */
export function holdersOf({ inode }: Listener, pids: readonly number[]): readonly number[] {
  return pids.filter((pid) =>
    descriptorsOf(pid).some((number) => linkOf(`/proc/${pid}/fd/${number}`) === `socket:[${inode}]`),
  );
}

function descriptorsOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`);
  } catch {
    return [];
  }
}
