import { join } from "node:path";
import type { Tool } from "#core/toolbox.ts";
import type { Bringing } from "./bringing.ts";
import { NODE_MAJOR_AT_LEAST } from "./catalogue.ts";
import { runCommand } from "./command.ts";
import { ToolError } from "./errors.ts";
import { VERSION_DEADLINE_MS } from "./from-path.ts";
import { mendFor } from "./mend.ts";
import { nodePackage } from "./npm-package.ts";
import { versionIn } from "./versions.ts";

/** The Node that runs the shop: this one if it is new enough, else the one that `npm ci` brought. */
export async function findNode(bringing: Bringing): Promise<Tool> {
  const folder = nodePackage();
  if (Number(process.versions.node.split(".")[0]) >= NODE_MAJOR_AT_LEAST) {
    const isFromNpm = folder !== undefined && process.execPath.startsWith(folder);
    return { path: process.execPath, env: {}, version: process.versions.node, source: isFromNpm ? "npm" : "path" };
  }
  if (folder === undefined) {
    throw new ToolError({
      tried: "find a Node for the shop",
      on: `this Node ${process.versions.node} and the npm package node-${process.platform}-${process.arch}`,
      happened: `Node ${NODE_MAJOR_AT_LEAST} or newer is needed, and the package is not there`,
      next: `run npm ci again (it takes optional packages), or ${mendFor("node")}`,
    });
  }
  const path = join(folder, "bin", "node");
  const said = await runCommand(path, ["--version"], { signal: bringing.signal, deadlineMs: VERSION_DEADLINE_MS });
  return { path, env: {}, version: versionIn(said) ?? said, source: "npm" };
}
