import { readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parentPort, workerData } from "node:worker_threads";
import { z } from "zod";
import { plainValue } from "./plain-value.ts";

/**
 * Runs in a thread of its own: loads one module, and answers what it exports as plain data. What the module does besides
 * (ending the process, waiting for ever, filling the memory) ends with this thread.
 */

const { path, libraries } = z.object({ path: z.string(), libraries: z.string() }).parse(workerData);

/** Whatever was thrown, in words: it may be no error, and asking it may throw again. */
function described(thrown: unknown): { readonly message: string; readonly stack: string } {
  try {
    if (thrown instanceof Error) return { message: String(thrown.message), stack: String(thrown.stack) };
    return { message: `it throws ${String(thrown)}`, stack: "" };
  } catch {
    return { message: "it throws something that has no words", stack: "" };
  }
}

async function load(): Promise<unknown> {
  const module: unknown = await import(pathToFileURL(path).href);
  return typeof module === "object" && module !== null && "default" in module ? module.default : undefined;
}

async function answer(): Promise<void> {
  // What all scenarios are made of: from here on the time is the module's own.
  for (const name of readdirSync(libraries))
    if (name.endsWith(".ts") && !name.endsWith(".test.ts")) await import(pathToFileURL(join(libraries, name)).href);
  parentPort?.postMessage({ kind: "begun" });
  try {
    const exported = await load();
    parentPort?.postMessage(
      exported === undefined ? { kind: "nothing" } : { kind: "exported", ...plainValue(exported) },
    );
  } catch (thrown) {
    parentPort?.postMessage({ kind: "threw", ...described(thrown) });
  }
}

// What it prints goes nowhere; kept for a reader that never comes, it would fill the memory.
for (const stream of [process.stdout, process.stderr]) stream.write = () => true;

// Not awaited: Node would print a warning of its own about a module that never finishes.
void answer();
