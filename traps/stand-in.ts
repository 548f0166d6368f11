import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { equip, stateFolder } from "#harness/tools/index.ts";
import type { StandInProgram } from "./trap.ts";

const FILES = join(import.meta.dirname, "stand-ins");

/** Looking for tools takes a moment; bringing them for the first time takes minutes. */
const TOOLS_WITHIN_MS = 600_000;

/**
 * Lays a program of this name into a folder of its own, to be put first on the PATH. It is the real one as far as its
 * version goes. The folder is the same every time and only written when something has changed, because the harness
 * remembers programs by their place and time of change.
 */
export async function layOut(program: StandInProgram, file: string): Promise<string> {
  const tools = await equip({ progress: () => undefined, signal: AbortSignal.timeout(TOOLS_WITHIN_MS) });
  const folder = join(stateFolder(), "traps", file.replace(/\.sh$/, ""));
  const text = wrapper(tools[program].path, await readFile(join(FILES, file), "utf8"));
  const path = join(folder, program);
  await mkdir(folder, { recursive: true });
  if ((await readFile(path, "utf8").catch(() => "")) !== text) await writeFile(path, text, { mode: 0o755 });
  return folder;
}

/** `SETTINGS` is the file that the harness tells k6 of; empty when a program is only asked for its version. */
function wrapper(real: string, script: string): string {
  return `#!/bin/sh
REAL='${real}'
NODE='${process.execPath}'
HERE='${FILES}'
SETTINGS=
for word in "$@"; do
  case $word in --env=DOORBUSTER_LOAD=*) SETTINGS=\${word#--env=DOORBUSTER_LOAD=} ;; esac
done
${script}`;
}
