import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** A TCP port that somebody listens on, and the kernel's number of its socket. */
interface Listener {
  readonly port: number;
  readonly inode: string;
}

/** A socket that listens, as /proc/net/tcp says it. */
const LISTEN = "0A";

export function readListeners(): readonly Listener[] {
  return ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((table) =>
    linesOf(table)
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[3] === LISTEN)
      .map((fields) => ({ port: Number.parseInt(fields[1]?.split(":").at(-1) ?? "", 16), inode: fields[9] ?? "" })),
  );
}

/** Which of the listeners these processes hold. One that somebody else holds is not the run's to complain about. */
export function heldBy(
  listeners: readonly Listener[],
  pids: readonly number[],
): readonly { readonly port: number; readonly pid: number }[] {
  // The usual case costs nothing: nobody has begun to listen since the run began.
  if (listeners.length === 0) return [];
  return pids.flatMap((pid) => {
    const held = new Set(socketsOf(pid));
    return listeners.filter(({ inode }) => held.has(`socket:[${inode}]`)).map(({ port }) => ({ port, pid }));
  });
}

function socketsOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((number) => {
      try {
        return [readlinkSync(`/proc/${pid}/fd/${number}`)];
      } catch {
        return [];
      }
    });
  } catch {
    return [];
  }
}

/** No lines where a protocol is switched off. */
function linesOf(path: string): readonly string[] {
  try {
    return readFileSync(path, "latin1").split("\n").filter(Boolean);
  } catch {
    return [];
  }
}
