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

/**
 * Who holds each socket, by its number; a socket that is missing is held by nobody who may be looked at. One pass over all
 * descriptors: with a hundred listeners of a second run, looking for the holders of each took ten seconds.
 */
export function holdersOfSockets(pids: readonly number[]): ReadonlyMap<string, readonly number[]> {
  const holders = new Map<string, number[]>();
  for (const pid of pids) {
    for (const number of descriptorsOf(pid)) {
      const inode = /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/${pid}/fd/${number}`))?.[1];
      if (inode !== undefined) holders.set(inode, [...(holders.get(inode) ?? []), pid]);
    }
  }
  return holders;
}

function descriptorsOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`);
  } catch {
    return [];
  }
}
