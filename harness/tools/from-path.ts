import type { Program, Tool } from "#core/toolbox.ts";
import type { Bringing } from "./bringing.ts";
import { runCommand } from "./command.ts";
import { reasonOf } from "./errors.ts";
import { findProgram } from "./search-path.ts";
import { versionIn } from "./versions.ts";

/** Programs say their version at once; one that takes this long is broken or is something else. */
export const VERSION_DEADLINE_MS = 10_000;

/** A tool that was found, or why what is on the machine does not do. */
export type Search = { readonly tool: Tool } | { readonly reason: string };

/** Takes the program that the machine has, where its version fits. */
export async function fromPath(
  program: Program,
  versionArguments: readonly string[],
  fits: (version: string) => boolean,
  bringing: Bringing,
): Promise<Search> {
  const path = findProgram(program);
  if (path === undefined) {
    return { reason: "it is not on the PATH" };
  }
  try {
    const version = versionIn(
      await runCommand(path, versionArguments, { signal: bringing.signal, deadlineMs: VERSION_DEADLINE_MS }),
    );
    if (version === undefined || !fits(version)) {
      return { reason: `${path} is version ${version ?? "unknown"}` };
    }
    return { tool: { path, env: {}, version, source: "path" } };
  } catch (cause) {
    bringing.signal.throwIfAborted();
    return { reason: `${path} does not start: ${reasonOf(cause)}` };
  }
}
