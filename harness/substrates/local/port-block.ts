import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { Failure } from "#core/errors.ts";

/** Above the ports that well-known services use. */
const LOWEST = 12_000;

/** A shop of 30 nodes and 58 links needs some 110 ports; the rest is room for ports that others hold. */
const BLOCK = 256;

/** Linux gives ports from here on to outgoing connections, if nobody has changed it. */
const EPHEMERAL = 32_768;

const LOOPBACK = "127.0.0.1";

/** A range of ports that belongs to one run. */
export interface PortBlock extends AsyncDisposable {
  readonly first: number;
  /** Free when they were claimed, in ascending order. */
  readonly ports: readonly number[];
}

/**
 * Claims a range with so many free ports. The range is locked by listening on its first port: the kernel gives that to
 * one process of the machine, whatever its user, and frees it when the process dies.
 */
export async function claimPorts(count: number, start: number, avoid: ReadonlySet<number>): Promise<PortBlock> {
  const blocks = Math.floor((ephemeralStart() - LOWEST) / BLOCK);
  for (let i = 0; i < blocks; i += 1) {
    const first = LOWEST + ((start + i) % blocks) * BLOCK;
    if (avoid.has(first)) continue;
    const lock = await listen(first);
    if (lock === undefined) continue;
    const ports = await freePorts(first + 1, BLOCK - 1, count);
    if (ports.length === count) return { first, ports, [Symbol.asyncDispose]: () => close(lock) };
    await close(lock);
  }
  throw new Failure(
    "environment",
    [`no range of ${BLOCK} ports between ${LOWEST} and ${ephemeralStart()} has ${count} free ones on ${LOOPBACK}`],
    "End what listens there, or other runs of this program.",
  );
}

/** Which of these ports somebody listens on. */
export async function takenPorts(ports: readonly number[]): Promise<readonly number[]> {
  const found = await Promise.all(ports.map(async (each) => ((await isFree(each)) ? [] : [each])));
  return found.flat();
}

async function freePorts(first: number, length: number, count: number): Promise<readonly number[]> {
  const free: number[] = [];
  for (let port = first; port < first + length && free.length < count; port += count) {
    const batch = Array.from({ length: Math.min(count, first + length - port) }, (_, i) => port + i);
    const found = await Promise.all(batch.map(async (each) => ((await isFree(each)) ? [each] : [])));
    free.push(...found.flat());
  }
  return free.slice(0, count);
}

/** Whether nobody listens there; asked by listening, which sees what only a connection attempt would miss. */
async function isFree(port: number): Promise<boolean> {
  const server = await listen(port);
  if (server === undefined) return false;
  await close(server);
  return true;
}

function listen(port: number): Promise<Server | undefined> {
  const server = createServer((socket) => socket.destroy());
  // A range must not keep a process alive that has nothing else to do.
  server.unref();
  return new Promise((resolve) => {
    server.once("error", () => resolve(undefined));
    server.listen({ host: LOOPBACK, port, exclusive: true }, () => resolve(server));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

function ephemeralStart(): number {
  try {
    return Math.min(EPHEMERAL, Number.parseInt(readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "latin1"), 10));
  } catch {
    return EPHEMERAL;
  }
}
