import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { cleanLine, cleanText } from "#core/foreign-text.ts";
import type { BadInput } from "./bad-input.ts";

/** What one input did to the command line. */
export interface Trial {
  /** Refused well, taken where that may be, or neither: also what is invalid and was taken, and the other way round. */
  readonly outcome: "refused" | "taken" | "failed";
  /** Everything that is wrong with how it was refused; none unless it failed. */
  readonly faults: readonly string[];
  readonly cpuMs: number;
  readonly wallMs: number;
  readonly peakMb: number;
  readonly said: string;
}

const ROOT = join(import.meta.dirname, "..");

/** The promise of `docs/bad-input.md`. Time is the processor's: a machine that does other things makes no input slower. */
const MOST_CPU_MS = 1_000;
const MOST_MB = 200;
/** Nothing that answers takes so long even on a machine that is twenty times busier than it can be. */
const HANGS_AFTER_MS = 30_000;

/** Gives the real command line a bad input in a folder of its own, and looks at everything that comes of it. */
export async function attempt(input: BadInput, more: Readonly<Record<string, string>> = {}): Promise<Trial> {
  const folder = await mkdtemp(join(tmpdir(), "doorbuster-bad-"));
  try {
    for (const file of input.files) await lay(folder, file);
    const before = (await readdir(folder, { recursive: true })).toSorted();
    const run = await give({ ...input, environment: { ...more, ...input.environment } }, folder);
    const faults = [...faultsOf(input, run), ...leftProcesses(folder)];
    const after = (await readdir(folder, { recursive: true })).toSorted();
    const isTaken = run.code === 0 || (run.code === 69 && isShutDoor(run.said));
    if (isTaken && input.expected === "refused") faults.push("it was taken, and is invalid by how it was made");
    if (!isTaken && input.expected === "taken") faults.push("it was refused, and is valid by how it was made");
    // What is good may write its report into its own folder.
    if (!isTaken && after.join("\n") !== before.join("\n"))
      faults.push(`files came: ${after.filter((name) => !before.includes(name)).join(", ")}`);
    const relevant = isTaken ? faults.filter((fault) => !/CPU|MB|place|exit code/.test(fault)) : faults;
    return { ...run, outcome: relevant.length > 0 ? "failed" : isTaken ? "taken" : "refused", faults: relevant };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The state folder held other things: nothing but that stood between the input and a start. */
function isShutDoor(said: string): boolean {
  return said.includes("it holds other things than the state of runs");
}

async function lay(folder: string, { name, kind, content }: BadInput["files"][number]): Promise<void> {
  const path = join(folder, name);
  await mkdir(dirname(path), { recursive: true });
  switch (kind) {
    case "file":
      return await writeFile(path, content);
    case "folder":
      return await mkdir(path).then(() => undefined);
    case "open-folder":
      await mkdir(path);
      return await chmod(path, 0o777);
    case "pipe":
      return void execFileSync("mkfifo", [path]);
    case "loop":
      return await symlink(name, path);
    case "link":
      return await symlink(String(content), path);
  }
}

interface Run extends Pick<Trial, "cpuMs" | "wallMs" | "peakMb" | "said"> {
  readonly code: number | string;
}

async function give({ words, environment }: BadInput, folder: string): Promise<Run> {
  const own = (text: string): string => (text.startsWith("@/") ? join(folder, text.slice(2)) : text);
  const began = performance.now();
  const child = spawn(
    process.execPath,
    [`--import=${new URL("./measured.js", import.meta.url).href}`, join(ROOT, "harness", "bin.js"), ...words.map(own)],
    {
      cwd: folder,
      detached: true,
      stdio: ["ignore", "pipe", "pipe", "pipe"],
      env: {
        // A folder of this name on the PATH marks every process that comes of it.
        PATH: `${process.env.PATH}:${folder}`,
        HOME: folder,
        TMPDIR: folder,
        DOORBUSTER_STATE: join(folder, "nowhere"),
        DOORBUSTER_CACHE: join(folder, "nowhere"),
        DOORBUSTER_OFFLINE: "1",
        ...Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, own(value)])),
      },
    },
  );
  const timer = setTimeout(() => child.kill("SIGKILL"), HANGS_AFTER_MS);
  const texts = [child.stdout, child.stderr, child.stdio[3]].map(collected);
  const code = await ended(child);
  clearTimeout(timer);
  const [out = "", err = "", figures = ""] = await Promise.all(texts);
  const used = figures === "" ? { cpuMs: Number.NaN, peakMb: Number.NaN } : JSON.parse(figures);
  return { code, said: `${out}${err}`, wallMs: performance.now() - began, cpuMs: used.cpuMs, peakMb: used.peakMb };
}

function ended(child: ChildProcess): Promise<number | string> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve(code ?? signal ?? "nothing"));
  });
}

/** A tenth of a gigabyte of output would be a finding of its own; the first megabytes show it. */
const MOST_CHARACTERS = 4_000_000;

async function collected(stream: ChildProcess["stdio"][number]): Promise<string> {
  let text = "";
  if (stream !== null && stream !== undefined && "setEncoding" in stream)
    for await (const part of stream.setEncoding("utf8")) if (text.length < MOST_CHARACTERS) text += String(part);
  return text;
}

/** No person reads more. */
const MOST_SAID = 100_000;

function faultsOf({ places }: BadInput, { code, said, cpuMs, peakMb }: Run): string[] {
  const faults: string[] = [];
  if (code !== 64 && code !== 69) faults.push(`exit code ${code}`);
  if (/^\s+at .*[:(]|node:internal|a defect of the testbed/m.test(said)) faults.push("a stack trace");
  if (cleanText(said) !== said) faults.push("control characters in the output");
  if (said.length > MOST_SAID) faults.push(`${said.length} characters said`);
  if (Number.isNaN(cpuMs)) faults.push("it was ended from outside, or crashed");
  if (cpuMs > MOST_CPU_MS) faults.push(`${Math.round(cpuMs)} ms of CPU`);
  if (peakMb > MOST_MB) faults.push(`${Math.round(peakMb)} MB`);
  // The last line is what to do next.
  const problems = said.trimEnd().split("\n").slice(0, -1);
  if (problems.length === 0) faults.push("no place named: nothing was said");
  const nameless = problems.find((line) => !places.some((place) => line.includes(cleanLine(place).slice(0, 40))));
  if (nameless !== undefined && !nameless.startsWith("and ")) faults.push(`no place named: ${nameless.slice(0, 200)}`);
  return faults;
}

/** Processes that carry the input's folder in their PATH, or work in it: a program may be started without any PATH. */
function leftProcesses(folder: string): readonly string[] {
  return readdirSync("/proc").flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      const isOurs =
        readlinkSync(`/proc/${pid}/cwd`).startsWith(folder) ||
        readFileSync(`/proc/${pid}/environ`, "latin1").includes(folder);
      return isOurs ? [`process ${pid} is left`] : [];
    } catch {
      // It ended meanwhile, or belongs to somebody else.
      return [];
    }
  });
}
