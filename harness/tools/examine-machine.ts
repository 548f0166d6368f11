import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { availableParallelism, totalmem } from "node:os";
import { runCommand } from "./command.ts";
import { type CpuLimit, cpuLimit } from "./cpu-limit.ts";
import { reasonOf } from "./errors.ts";
import { examineFolders } from "./examine-folders.ts";
import { type Finding, judged } from "./finding.ts";

/** A surge of 4,000 users through two balancers takes up to four descriptors each in one process. */
const DESCRIPTORS_AT_LEAST = 16_000;

/** Some thirty services, four of them databases, and the load generator. */
const GIGABYTES_OF_MEMORY_AT_LEAST = 4;

/** With one core the load generator would measure mostly itself. */
const CORES_AT_LEAST = 2;

/** Each new connection takes a port for the minute in which the kernel remembers it. */
const PORTS_AT_LEAST = 16_000;

const GIGABYTE = 1e9;

/** A question to the shell is answered at once. */
const SHELL_DEADLINE_MS = 5_000;

const CPU_DETAILS: Readonly<Record<CpuLimit, string>> = {
  "cgroup-v1": "control groups (version 1): each service gets its share of the processor",
  "cgroup-v2": "control groups (version 2): each service gets its share of the processor",
  affinity:
    "no control group in which a run could give shares (none is writable and hands the processor on): services are bound to cores, and share those with their neighbours",
  none: "this system cannot limit a process: services share all cores",
};

export async function examineMachine(signal: AbortSignal): Promise<readonly Finding[]> {
  return [
    { name: "cpu limits", ok: true, detail: CPU_DETAILS[cpuLimit()] },
    await descriptors(signal),
    memory(),
    cores(),
    ...examineFolders(),
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
