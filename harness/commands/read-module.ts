import { isUtf8 } from "node:buffer";
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { extname } from "node:path";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { z } from "zod";
import { messageOf } from "#core/errors.ts";
import { cleanLine } from "#core/foreign-text.ts";
import { childrenNow, endThread } from "./held-up.ts";
import { LOOK_EVERY_MS, looksOnTime, nextLook } from "./looks.ts";

/** A scenario is some kilobytes; a file of megabytes is none. */
const MOST_BYTES = 1_048_576;
const EXTENSIONS = [".ts", ".mts", ".js", ".mjs"];

/** Whether a word names a file rather than a scenario of the project: it has a slash, or ends as modules do. */
export function isFileName(word: string): boolean {
  return word.includes("/") || EXTENSIONS.includes(extname(word));
}

/**
 * What a module may take of a processor, and wait, until it has exported something. Ours take a few milliseconds; beside
 * the start of the harness this keeps the whole answer within a second on a machine that is free.
 */
const MOST_BUSY_MS = 150;
const MOST_IDLE_MS = 400;
/** A thread that computes tells its clocks also in the middle of it; only one that waits inside the machine does not. */
const HELD_UP = `it waits for more than ${MOST_IDLE_MS} ms for a program, a file or a lock while it is loaded: a scenario is plain data`;
/** Whatever the clocks of the thread say. */
const DEADLINE_MS = 20_000;
const LOOKS_OF_A_WAIT = Math.ceil(MOST_IDLE_MS / LOOK_EVERY_MS);
/** Telling its clocks takes a thread some hundredths of this. */
const MOVES_FROM_MS = 1;

/** Of the thread's own heap, in which our own modules take 20 MB. With the harness it stays below 200 MB. */
const HEAP_MB = 32;

const answerSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("begun") }),
  z.object({ kind: z.literal("nothing") }),
  z.object({ kind: z.literal("exported"), value: z.unknown(), problems: z.array(z.string()) }),
  z.object({ kind: z.literal("threw"), message: z.string(), stack: z.string() }),
]);
type Answer = Exclude<z.infer<typeof answerSchema>, { kind: "begun" }>;

export type ReadModule =
  | { readonly kind: "value"; readonly value: unknown }
  | { readonly kind: "problems"; readonly problems: readonly string[] };

/**
 * What a module exports by default, as plain data. It is loaded in a thread of its own, so that nothing that it does can
 * end this process, stop it or hold it up. `libraries` is the folder of what such modules are made of. Never rejects
 * because of the module.
 */
export async function readModule(path: string, libraries: string): Promise<ReadModule> {
  const refused = await refusal(path);
  if (refused !== undefined) return { kind: "problems", problems: [refused] };
  const answer = await answerOf(path, libraries);
  if (typeof answer === "string") return { kind: "problems", problems: [answer] };
  switch (answer.kind) {
    case "nothing":
      return { kind: "problems", problems: ["it has no default export: write `export default scenario({ ... })`"] };
    case "threw":
      return { kind: "problems", problems: [`${placeIn(answer.stack, path)}${cleanLine(answer.message, 500)}`] };
    case "exported":
      return answer.problems.length > 0
        ? { kind: "problems", problems: answer.problems }
        : { kind: "value", value: answer.value };
  }
}

/** What can be said without loading it. */
async function refusal(path: string): Promise<string | undefined> {
  if (!EXTENSIONS.includes(extname(path))) return `a scenario is a module whose name ends in ${EXTENSIONS.join(", ")}`;
  try {
    // A pipe would be waited for, were it opened in the usual way.
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const found = await file.stat();
    if (!found.isFile()) return `it is ${found.isDirectory() ? "a folder" : "no regular file"}: name a file`;
    if (found.size > MOST_BYTES) return `it has ${found.size} bytes: a scenario has at most ${MOST_BYTES}`;
    const bytes = await file.readFile();
    if (!isUtf8(bytes)) return "it is not written in UTF-8: save it as UTF-8";
    if (bytes.includes(0)) return "it contains a zero byte, which no text has: save it as plain text";
    return undefined;
  } catch (thrown) {
    const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : messageOf(thrown);
    return code === "ENOENT" ? "there is no such file" : `it cannot be opened (${cleanLine(code, 200)})`;
  }
}

/** `:3:7: ` when the stack names a line of the module. */
function placeIn(stack: string, path: string): string {
  for (const name of [pathToFileURL(path).href, path]) {
    const at = stack.indexOf(`${name}:`);
    const line = at === -1 ? undefined : /^:\d+(?::\d+)?/.exec(stack.slice(at + name.length))?.[0];
    if (line !== undefined) return `line ${line.slice(1)}: `;
  }
  return "";
}

/** What the thread answers, or a sentence on why it does not. */
async function answerOf(path: string, libraries: string): Promise<Answer | string> {
  const childrenBefore = childrenNow();
  const worker = new Worker(new URL("./module-worker.ts", import.meta.url), {
    workerData: { path, libraries },
    // A scenario is a function of nothing, and what it prints is not for the terminal of a run.
    env: {},
    stdin: false,
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB, maxYoungGenerationSizeMb: 8, stackSizeMb: 4 },
  });
  const answered = Promise.withResolvers<Answer | string>();
  const begun = Promise.withResolvers<void>();
  worker.on("message", (message: unknown) => {
    const { data } = answerSchema.safeParse(message);
    if (data?.kind === "begun") begun.resolve();
    else answered.resolve(data ?? "it sends messages of its own: a scenario only exports one");
  });
  worker.on("error", (thrown: unknown) => answered.resolve(deathOf(thrown, path)));
  worker.on("exit", () => {
    begun.resolve();
    answered.resolve("it never finishes loading: it waits at its top level for what never comes, or ends the program");
  });
  const over = new AbortController();
  try {
    return await Promise.race([answered.promise, outOfTime(worker, begun.promise, over.signal)]);
  } finally {
    over.abort();
    await endThread(worker, childrenBefore);
  }
}

function deathOf(thrown: unknown, path: string): string {
  if (thrown instanceof Error && "code" in thrown && thrown.code === "ERR_WORKER_OUT_OF_MEMORY")
    return `it fills more than ${HEAP_MB} MB of memory while it is loaded`;
  const stack = thrown instanceof Error ? String(thrown.stack) : "";
  return `${placeIn(stack, path)}${cleanLine(messageOf(thrown), 500)}`;
}

/** Resolves when the module has used up its time. By the thread's own clocks: a busy machine makes no module slower. */
async function outOfTime(worker: Worker, begun: Promise<void>, signal: AbortSignal): Promise<string> {
  const deadline = performance.now() + DEADLINE_MS;
  await begun;
  const cpu = await cpuMs(worker);
  if (cpu === undefined) return HELD_UP;
  const { idle } = worker.performance.eventLoopUtilization();
  let movedCpu = cpu;
  let stillLooks = 0;
  while (!signal.aborted) {
    const isOnTime = await nextLook(signal);
    if (signal.aborted) break;
    const now = await cpuMs(worker);
    if (now === undefined) return HELD_UP;
    if (now - cpu > MOST_BUSY_MS)
      return `it computes for more than ${MOST_BUSY_MS} ms while it is loaded: a scenario is plain data`;
    if (worker.performance.eventLoopUtilization().idle - idle > MOST_IDLE_MS)
      return `it waits for more than ${MOST_IDLE_MS} ms while it is loaded: a scenario is plain data`;
    // One that stands still outside of its loop counts as busy there: a whole stretch without any computing is a wait.
    if (now - movedCpu > MOVES_FROM_MS) {
      movedCpu = now;
      stillLooks = 0;
    } else if (isOnTime) stillLooks += 1;
    if (stillLooks > LOOKS_OF_A_WAIT) return HELD_UP;
    if (performance.now() > deadline) return `it was not loaded within ${DEADLINE_MS / 1_000} s`;
  }
  return "";
}

/** Undefined when the thread does not even say: then it is inside the machine, and not in its own code. */
async function cpuMs(worker: Worker): Promise<number | undefined> {
  const silence = new AbortController();
  // A thread that has just ended has no figures any more, and has answered.
  const usage = worker.cpuUsage().catch(() => ({ user: 0, system: 0 }));
  try {
    const said = await Promise.race([usage, looksOnTime(LOOKS_OF_A_WAIT, DEADLINE_MS, silence.signal)]);
    return said === undefined ? undefined : (said.user + said.system) / 1_000;
  } finally {
    silence.abort();
  }
}
