import { execFile } from "node:child_process";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** The commit that a run was made with, `+` behind it when files differ from it; `unknown` outside a repository. */
export async function currentCommit(root: string): Promise<string> {
  try {
    const { stdout: hash } = await execute("git", ["rev-parse", "--short=7", "HEAD"], { cwd: root });
    const { stdout: changes } = await execute("git", ["status", "--porcelain", "--untracked-files=no"], { cwd: root });
    return `${hash.trim()}${changes.trim() === "" ? "" : "+"}`;
  } catch {
    return "unknown";
  }
}
