import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { type Journal, type ProcessIdentity, RUN_MARK } from "#core/journal.ts";
import type { ServiceUser, Tool } from "#core/toolbox.ts";
import { identityFrom, statOf } from "#harness/ownership/index.ts";

/** What of the harness's environment the parts of the shop may see: where programs lie, how people read times. */
const PASSED_ON = ["PATH", "TZ", "LANG", "LC_ALL"];

export interface ProcessPlan {
  readonly name: string;
  readonly runId: string;
  readonly tool: Tool;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly folder: string;
  /** Both streams are appended here by the process itself: nothing runs through the harness. */
  readonly logPath: string;
  readonly user: ServiceUser | undefined;
  readonly stop: NodeJS.Signals;
  /** Called at once, before the process can have had children of its own. */
  admit?(pid: number): void;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface StartedProcess {
  readonly identity: ProcessIdentity;
  readonly exited: Promise<Exit>;
}

/** Starts a process in a group and session of its own, and writes its identity to the journal. */
export async function startProcess(plan: ProcessPlan, journal: Journal): Promise<StartedProcess> {
  const log = openSync(plan.logPath, "a", 0o644);
  try {
    const child = spawn(plan.tool.path, plan.argv, {
      detached: true,
      cwd: plan.folder,
      env: environment(plan),
      stdio: ["ignore", log, log],
      ...(plan.user === undefined ? {} : { uid: plan.user.uid, gid: plan.user.gid }),
    });
    const exited = new Promise<Exit>((resolve) => child.once("exit", (code, signal) => resolve({ code, signal })));
    if (child.pid === undefined) {
      const [cause] = await once(child, "error");
      throw cause;
    }
    plan.admit?.(child.pid);
    // A process that has ended already is not reaped before the next turn, so its identity can still be read.
    const stat = statOf(child.pid);
    if (stat === undefined) throw new Error(`/proc does not show process ${child.pid}`);
    const identity = identityFrom(stat);
    await journal.write({ verb: "process", name: plan.name, identity, stop: plan.stop }).catch((thrown: unknown) => {
      child.kill("SIGKILL");
      throw thrown;
    });
    return { identity, exited };
  } finally {
    closeSync(log);
  }
}

/** Built from nothing: a shop must not pick up databases, proxies or options that the person at the keyboard uses. */
export function environment(
  plan: Pick<ProcessPlan, "tool" | "env" | "runId">,
  own: Readonly<Record<string, string | undefined>> = process.env,
): Record<string, string> {
  const passed = PASSED_ON.flatMap((name) => (own[name] === undefined ? [] : [[name, own[name]]]));
  return { ...Object.fromEntries(passed), ...plan.tool.env, ...plan.env, [RUN_MARK]: plan.runId };
}

export function describeExit({ code, signal }: Exit): string {
  return signal === null ? `exit code ${code}` : `signal ${signal}`;
}
