#!/usr/bin/env node
// The one entry that any Node can read. It takes away what of the environment could turn a run elsewhere, and hands over
// to the Node that the project brings when this one is too old to run TypeScript sources. Plain JavaScript for that reason.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import module from "node:module";
import { join } from "node:path";
import { hasActed, keptOf } from "./environment.js";

// Type stripping and `await using` are both on by default from this release line on.
const OLDEST_MAJOR = 24;
const root = join(import.meta.dirname ?? new URL(".", import.meta.url).pathname, "..");
const kept = keptOf(process.env);
// Compiled sources are kept beside the libraries: a start takes 0.4 s of processor time with them and 0.8 s without.
const compiled = join(root, "node_modules", ".cache", "doorbuster-compiled");
const isNewEnough = Number(process.versions.node.split(".")[0]) >= OLDEST_MAJOR;

if (isNewEnough && !hasActed(process.env)) {
  for (const name of Object.keys(process.env)) if (!Object.hasOwn(kept, name)) delete process.env[name];
  module.enableCompileCache(compiled);
  await import("./main.ts");
} else {
  handOver(isNewEnough ? process.execPath : broughtNode());
}

function broughtNode() {
  const platform = `node-${process.platform === "darwin" && process.arch === "arm64" ? "bin-" : ""}${process.platform}-${process.arch}`;
  const brought = join(root, "node_modules", platform, "bin", "node");
  if (existsSync(brought)) return brought;
  process.stderr.write(
    `doorbuster needs Node ${OLDEST_MAJOR} or newer, this is ${process.versions.node}, and npm did not install ${platform}.\n` +
      "Run `npm ci` in the project's folder, or install a newer Node.\n",
  );
  process.exit(69);
}

function handOver(node) {
  const parent = Number(process.env.DOORBUSTER_PARENT ?? process.ppid);
  const child = spawn(node, [join(root, "harness", "main.ts"), ...process.argv.slice(2)], {
    stdio: "inherit",
    env: { ...kept, DOORBUSTER_PARENT: String(process.pid), NODE_COMPILE_CACHE: kept.NODE_COMPILE_CACHE ?? compiled },
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  // The other program watches this one; this one watches who started it.
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    child.kill("SIGTERM");
  }, 500);
  child.on("error", (thrown) => {
    process.stderr.write(
      `doorbuster could not be handed over to ${node}: ${thrown.message}\n` +
        "Run `npm ci` in the project's folder, or free memory and processes, then run again.\n",
    );
    process.exit(69);
  });
  child.on("exit", (code) => process.exit(code ?? 70));
}
