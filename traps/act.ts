import { copyFileSync, readdirSync, readFileSync, readlinkSync, renameSync, writeFileSync } from "node:fs";
import { z } from "zod";
import type { Act } from "./trap.ts";

interface ChildProcess {
  readonly pid: number;
  readonly words: readonly string[];
}

/** Does something to a run that is under way. @throws when there is not exactly one process to do it to. */
export async function perform(act: Act, harnessPid: number): Promise<void> {
  switch (act.kind) {
    case "signal":
      process.kill(onlyChild(harnessPid, act.child).pid, act.signal);
      return;
    case "heal-faults":
      await healFaults(onlyChild(harnessPid, "toxiproxy-server"));
      return;
    case "edge-log":
      changeLog(readlinkSync(`/proc/${onlyChild(harnessPid, "/edge/haproxy.cfg").pid}/fd/1`), act.change);
  }
}

/** A child of this parent is never somebody else's process. */
function onlyChild(parent: number, text: string): ChildProcess {
  const found = childrenOf(parent).filter(({ words }) => words.join(" ").includes(text));
  const [child] = found;
  if (child === undefined || found.length > 1) {
    throw new Error(`the harness has ${found.length} children with "${text}" in their command lines, not one`);
  }
  return child;
}

function childrenOf(parent: number): readonly ChildProcess[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, "latin1");
        // The second field is the name in brackets and may hold anything; the parent is the second field after it.
        if (Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]) !== parent) return [];
        return [{ pid: Number(name), words: readFileSync(`/proc/${name}/cmdline`, "utf8").split("\0") }];
      } catch {
        // It has ended since the list was read.
        return [];
      }
    });
}

/** One line in so many is lost: some sixty of a quick run's 30,000. */
const EVERY = 250;

function changeLog(path: string, change: "cut-off" | "lines-missing"): void {
  if (change === "cut-off") {
    // As a log is rotated by somebody who tells nobody: the edge writes on into a file that has no name any more.
    copyFileSync(path, `${path}.cut`);
    renameSync(`${path}.cut`, path);
    return;
  }
  const lines = readFileSync(path, "utf8").split("\n");
  const kept = lines.filter((line, index) => !line.startsWith("{") || index % EVERY !== 0);
  if (kept.length === lines.length) throw new Error(`${path} had no line to lose`);
  // The same file: the edge goes on at its end.
  writeFileSync(path, kept.join("\n"));
}

const proxies = z.record(z.string(), z.object({ toxics: z.array(z.object({ name: z.string() })) }));

async function healFaults({ words }: ChildProcess): Promise<void> {
  const api = `http://${words[words.indexOf("-host") + 1]}:${words[words.indexOf("-port") + 1]}`;
  const all = proxies.parse(await (await fetch(`${api}/proxies`)).json());
  let removed = 0;
  for (const [proxy, { toxics }] of Object.entries(all)) {
    for (const { name } of toxics.filter((toxic) => toxic.name.startsWith("fault-"))) {
      await fetch(`${api}/proxies/${encodeURIComponent(proxy)}/toxics/${name}`, { method: "DELETE" });
      removed += 1;
    }
  }
  if (removed === 0) throw new Error("no proxy had a toxic of a fault");
}
