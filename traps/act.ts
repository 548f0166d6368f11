import { readdirSync, readFileSync } from "node:fs";
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
