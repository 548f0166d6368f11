import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/**
 * A process as the kernel shows it. Read here anew, and not with the harness's own reader: an audit that shares code with
 * what it audits shares its mistakes.
 */
export interface SeenProcess {
  readonly pid: number;
  readonly startTicks: number;
  readonly state: string;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  readonly argv: readonly string[];
}

/** What no other process can have: numbers are used again, a number with its start is not. */
export function keyOf({ pid, startTicks }: SeenProcess): string {
  return `${pid}@${startTicks}`;
}

export function readProcesses(): readonly SeenProcess[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readProcess(Number(name)))
    .filter((found) => found !== undefined);
}

export function readProcess(pid: number): SeenProcess | undefined {
  const stat = textOf(`/proc/${pid}/stat`);
  // The name stands in brackets and may hold brackets itself; everything behind the last one is numbers.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state, parent, group, session] = fields;
  if (state === undefined || session === undefined) return undefined;
  return {
    pid,
    state,
    parent: Number(parent),
    group: Number(group),
    session: Number(session),
    // Field 22 of the line; the first one of `fields` is field 3.
    startTicks: Number(fields[19]),
    argv: textOf(`/proc/${pid}/cmdline`).split("\0").filter(Boolean),
  };
}

/** The process and all that it has started, as far as their parents still live. */
export function descendants(root: number, all: readonly SeenProcess[]): readonly SeenProcess[] {
  const found = all.filter(({ pid }) => pid === root);
  const pids = new Set(found.map(({ pid }) => pid));
  // The array grows while it is walked: each round of the loop looks for the children of one process.
  for (const { pid } of found) {
    for (const child of all) {
      if (child.parent !== pid || pids.has(child.pid)) continue;
      pids.add(child.pid);
      found.push(child);
    }
  }
  return found;
}

/** What marks a process as one of a run's, besides its descent. */
export interface Marks {
  /** The state folder, where only this run uses it. */
  readonly state: string | undefined;
  readonly runIds: ReadonlySet<string>;
}

/** Environment, control group, working folder, program or arguments name the run or its state folder. */
export function isMarked({ pid, argv }: SeenProcess, { state, runIds }: Marks): boolean {
  const environment = textOf(`/proc/${pid}/environ`).split("\0");
  const groups = textOf(`/proc/${pid}/cgroup`);
  const places = [...argv, linkOf(`/proc/${pid}/cwd`), linkOf(`/proc/${pid}/exe`)];
  return (
    (state !== undefined && environment.includes(`DOORBUSTER_STATE=${state}`)) ||
    [...runIds].some((id) => environment.includes(`DOORBUSTER_RUN=${id}`) || groups.includes(`doorbuster-${id}`)) ||
    (state !== undefined && places.some((place) => place === state || place.includes(`${state}/`))) ||
    [...runIds].some((id) => places.some((place) => place.includes(`/runs/${id}/`)))
  );
}

/** The run whose mark the process carries. */
export function runIdOf({ pid }: SeenProcess): string | undefined {
  const mark = "DOORBUSTER_RUN=";
  const found = textOf(`/proc/${pid}/environ`)
    .split("\0")
    .find((text) => text.startsWith(mark));
  return found?.slice(mark.length);
}

export function describeProcess({ pid, state, group, argv }: SeenProcess): string {
  const what = argv.join(" ").slice(0, 120);
  return state === "Z" ? `zombie ${pid}` : `process ${pid} (group ${group}, state ${state}) ${what}`;
}

/** Empty when it is gone or may not be read: who has ended in between is nobody's leftover. */
export function textOf(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}

export function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}
