#!/usr/bin/env node
// The one entry that any Node can read: hands over to the Node that the project brings when this one is too old to run
// TypeScript sources. Plain JavaScript for that reason.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

// Type stripping and `await using` are both on by default from this release line on.
const OLDEST_MAJOR = 24;
const root = join(import.meta.dirname ?? new URL(".", import.meta.url).pathname, "..");

if (Number(process.versions.node.split(".")[0]) >= OLDEST_MAJOR) {
  await import("./main.ts");
} else {
  const platform = `node-${process.platform === "darwin" && process.arch === "arm64" ? "bin-" : ""}${process.platform}-${process.arch}`;
  const brought = join(root, "node_modules", platform, "bin", "node");
  if (!existsSync(brought)) {
    process.stderr.write(
      `doorbuster needs Node ${OLDEST_MAJOR} or newer, this is ${process.versions.node}, and npm did not install ${platform}.\n` +
        "Run `npm ci` in the project's folder, or install a newer Node.\n",
    );
    process.exit(69);
  }
  const parent = Number(process.env.DOORBUSTER_PARENT ?? process.ppid);
  const child = spawn(brought, [join(root, "harness", "main.ts"), ...process.argv.slice(2)], {
    stdio: "inherit",
    env: { ...process.env, DOORBUSTER_PARENT: String(process.pid) },
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  // The other program watches this one; this one watches who started it.
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    child.kill("SIGTERM");
  }, 500);
  child.on("exit", (code) => process.exit(code ?? 70));
}
