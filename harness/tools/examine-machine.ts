import { accessSync, constants, existsSync, readFileSync, statfsSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { availableParallelism, totalmem } from "node:os";
import { dirname } from "node:path";
import { runCommand } from "./command.ts";
import { type CpuLimit, cpuLimit } from "./cpu-limit.ts";
import { reasonOf } from "./errors.ts";
import type { Finding } from "./finding.ts";
import { cacheFolder, isRoot, stateFolder } from "./folders.ts";
import { serviceUser } from "./service-user.ts";

/** A surge of 4,000 users through two balancers takes up to four descriptors each in one process. */
const DESCRIPTORS_AT_LEAST = 16_000;

/** Some thirty services, four of them databases, and the load generator. */
const GIGABYTES_OF_MEMORY_AT_LEAST = 4;

/** With one core the load generator would measure mostly itself. */
const CORES_AT_LEAST = 2;

/** Go's sources and build cache take 1 GB, the programs 0.2 GB, a long run's databases and logs the rest. */
const GIGABYTES_OF_DISK_AT_LEAST = 3;

/** Each new connection takes a port for the minute in which the kernel remembers it. */
const PORTS_AT_LEAST = 16_000;

const GIGABYTE = 1e9;

/** A question to the shell is answered at once. */
const SHELL_DEADLINE_MS = 5_000;

const CPU_DETAILS: Readonly<Record<CpuLimit, string>> = {
  "cgroup-v1": "control groups (version 1): each service gets its share of the processor",
  "cgroup-v2": "control groups (version 2): each service gets its share of the processor",
  affinity: "no writable control group: services are bound to cores, and share those with their neighbours",
  none: "this system cannot limit a process: services share all cores",
};

export async function examineMachine(signal: AbortSignal): Promise<readonly Finding[]> {
  return [
    { name: "cpu limits", ok: true, detail: CPU_DETAILS[cpuLimit()] },
    await descriptors(signal),
    memory(),
    cores(),
    disk("cache folder", cacheFolder()),
    disk("state folder", stateFolder()),
    stateReachable(),
    await ports(),
  ];
}

async function descriptors(signal: AbortSignal): Promise<Finding> {
  // A shell inherits the limit of this process, and so will the services.
  const said = await runCommand("sh", ["-c", "ulimit -n"], { signal, deadlineMs: SHELL_DEADLINE_MS });
  const limit = said === "unlimited" ? Number.POSITIVE_INFINITY : Number(said);
  return judged("file descriptors", limit >= DESCRIPTORS_AT_LEAST, `${said} for each process`, {
    needed: String(DESCRIPTORS_AT_LEAST),
    mend: `ulimit -n ${DESCRIPTORS_AT_LEAST} (the hard limit is in /etc/security/limits.conf, or --ulimit of a container)`,
  });
}

function memory(): Finding {
  // A container's limit counts where it is lower; zero means that there is none.
  const constrained = process.constrainedMemory();
  const bytes = constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
  const gigabytes = bytes / GIGABYTE;
  return judged("memory", gigabytes >= GIGABYTES_OF_MEMORY_AT_LEAST, `${gigabytes.toFixed(1)} GB`, {
    needed: `${GIGABYTES_OF_MEMORY_AT_LEAST} GB`,
    mend: "use a larger machine, or raise the limit of the container",
  });
}

function cores(): Finding {
  const count = availableParallelism();
  return judged("cores", count >= CORES_AT_LEAST, String(count), {
    needed: String(CORES_AT_LEAST),
    mend: "use a larger machine; on this one only the simulator's results count",
  });
}

function disk(name: string, folder: string): Finding {
  const existing = nearestExisting(folder);
  const { bavail, bsize } = statfsSync(existing);
  const gigabytes = (bavail * bsize) / GIGABYTE;
  const writable = isAllowed(existing, constants.W_OK);
  const detail = `${folder}: ${gigabytes.toFixed(1)} GB free${writable ? "" : `, but ${existing} cannot be written`}`;
  return judged(name, writable && gigabytes >= GIGABYTES_OF_DISK_AT_LEAST, detail, {
    needed: `${GIGABYTES_OF_DISK_AT_LEAST} GB that can be written`,
    mend: "name a folder on another disk in DOORBUSTER_CACHE or DOORBUSTER_STATE",
  });
}

/** Without root everything runs as one user, who reaches what it has made. */
function stateReachable(): Finding {
  const name = "service user";
  if (!isRoot()) {
    return { name, ok: true, detail: "not needed: nothing runs as root" };
  }
  const user = serviceUser();
  if (user === undefined) {
    return { name, ok: false, detail: "there is no user nobody", mend: "add it, or run as an ordinary user" };
  }
  const closed = ancestors(stateFolder()).filter((folder) => existsSync(folder) && !letsOthersPass(folder));
  const detail =
    closed.length > 0 ? `${user.name} cannot enter ${closed.join(", ")}` : `${user.name} can enter ${stateFolder()}`;
  return judged(name, closed.length === 0, detail, {
    needed: "a state folder that it can enter",
    mend: "name a folder that everybody can enter in DOORBUSTER_STATE, or leave it unset",
  });
}

async function ports(): Promise<Finding> {
  const name = "ports";
  try {
    await listenOnce();
  } catch (cause) {
    return { name, ok: false, detail: `cannot listen on 127.0.0.1: ${reasonOf(cause)}`, mend: "allow loopback" };
  }
  const file = "/proc/sys/net/ipv4/ip_local_port_range";
  if (!existsSync(file)) {
    return { name, ok: true, detail: "127.0.0.1 can be listened on" };
  }
  const [first = 0, last = 0] = readFileSync(file, "utf8").trim().split(/\s+/).map(Number);
  return judged(name, last - first >= PORTS_AT_LEAST, `${first} to ${last} for outgoing connections`, {
    needed: `${PORTS_AT_LEAST} of them`,
    mend: 'sudo sysctl net.ipv4.ip_local_port_range="32768 60999"',
  });
}

async function listenOnce(): Promise<void> {
  const server = createServer();
  const listening = Promise.withResolvers<void>();
  server.once("error", listening.reject).listen(0, "127.0.0.1", listening.resolve);
  await listening.promise;
  await server[Symbol.asyncDispose]();
}

function judged(
  name: string,
  ok: boolean,
  detail: string,
  otherwise: { readonly needed: string; readonly mend: string },
): Finding {
  return ok
    ? { name, ok, detail }
    : { name, ok, detail: `${detail}; needed: ${otherwise.needed}`, mend: otherwise.mend };
}

function nearestExisting(folder: string): string {
  return ancestors(folder).find((each) => existsSync(each)) ?? "/";
}

/** The folder itself, its parent, and so on up to the root. */
function ancestors(folder: string): readonly string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...ancestors(parent)];
}

function letsOthersPass(folder: string): boolean {
  return (statSync(folder).mode & 0o001) !== 0;
}

function isAllowed(folder: string, mode: number): boolean {
  try {
    accessSync(folder, mode);
    return true;
  } catch {
    return false;
  }
}
