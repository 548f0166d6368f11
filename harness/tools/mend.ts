import { existsSync } from "node:fs";
import type { Program } from "#core/toolbox.ts";
import { findProgram } from "./search-path.ts";

type PackageManager = "brew" | "apt-get" | "dnf" | "pacman" | "apk";

/** How each package manager is asked to install. */
const COMMANDS: Readonly<Record<PackageManager, string>> = {
  brew: "brew install",
  "apt-get": "sudo apt-get install",
  dnf: "sudo dnf install",
  pacman: "sudo pacman -S",
  apk: "sudo apk add",
};

/** What a program is called there; k6 and Toxiproxy are in Homebrew only, elsewhere Go is what builds them. */
const PACKAGES: Readonly<Record<PackageManager, Readonly<Record<Program, string>>>> = {
  brew: packages({ node: "node", k6: "k6", toxiproxy: "toxiproxy", redis: "redis", postgres: "postgresql@18" }),
  "apt-get": packages({ k6: "golang-go", toxiproxy: "golang-go", redis: "redis-server", postgres: "postgresql-18" }),
  dnf: packages({
    k6: "golang",
    toxiproxy: "golang",
    redis: "redis",
    postgres: "postgresql-server postgresql-contrib",
  }),
  pacman: packages({ k6: "go", toxiproxy: "go", redis: "redis", postgres: "postgresql" }),
  apk: packages({ k6: "go", toxiproxy: "go", redis: "redis", postgres: "postgresql18 postgresql18-contrib" }),
};

/** The one command of this system that brings the program. */
export function mendFor(program: Program, manager: PackageManager | undefined = packageManager()): string {
  return manager === undefined
    ? `install ${program} with the package manager of this system, so that it is on the PATH`
    : `${COMMANDS[manager]} ${PACKAGES[manager][program]}`;
}

/** The package manager of this system: Homebrew on a Mac, else the first that is there. */
export function packageManager(): PackageManager | undefined {
  if (process.platform === "darwin") {
    return "brew";
  }
  const candidates: readonly PackageManager[] = ["apt-get", "dnf", "pacman", "apk", "brew"];
  return candidates.find((name) => findProgram(name) !== undefined);
}

/** Debian and what descends from it: packages can be fetched and unpacked without installing them. */
export function hasDebianPackages(): boolean {
  return process.platform === "linux" && existsSync("/var/lib/dpkg/status") && findProgram("apt-get") !== undefined;
}

function packages(names: {
  readonly node?: string;
  readonly k6: string;
  readonly toxiproxy: string;
  readonly redis: string;
  readonly postgres: string;
}): Readonly<Record<Program, string>> {
  return {
    node: names.node ?? "nodejs",
    k6: names.k6,
    "toxiproxy-server": names.toxiproxy,
    haproxy: "haproxy",
    "redis-server": names.redis,
    pgbouncer: "pgbouncer",
    postgres: names.postgres,
    initdb: names.postgres,
    pg_ctl: names.postgres,
  };
}
