import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A file system of its own that a test may fill, without harm to anybody else's. */
export interface SmallDisk extends Disposable {
  readonly path: string;
  /** Takes up all of its space; answers what gives it back. */
  fill(): () => void;
}

/** Undefined where nobody may mount one: that takes root on Linux, outside of most containers. */
export function smallDisk(kilobytes: number): SmallDisk | undefined {
  const path = mkdtempSync(join(tmpdir(), "doorbuster-disk-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${kilobytes}k,mode=755`, "tmpfs", path], { stdio: "ignore" });
  } catch {
    rmSync(path, { recursive: true });
    return undefined;
  }
  return {
    path,
    fill() {
      const filler = join(path, "filler");
      const { bavail, bsize } = statfsSync(path);
      writeFileSync(filler, Buffer.alloc(bavail * bsize));
      return () => rmSync(filler);
    },
    [Symbol.dispose]() {
      // Lazily, as a file that a failed test has left open must not keep the folder.
      execFileSync("umount", ["--lazy", path]);
      rmSync(path, { recursive: true });
    },
  };
}
