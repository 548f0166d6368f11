import type { Program, Tool, Toolbox } from "#core/toolbox.ts";
import { missingPackages } from "./apt.ts";
import type { Bringing } from "./bringing.ts";
import { GO_AT_LEAST, type PinnedProgram, pinnedPrograms, type SystemProgram, systemPrograms } from "./catalogue.ts";
import { runCommand } from "./command.ts";
import { reasonOf } from "./errors.ts";
import { findNode } from "./find-node.ts";
import type { Finding } from "./finding.ts";
import { findGo } from "./from-go.ts";
import { fromPath, VERSION_DEADLINE_MS } from "./from-path.ts";
import { rememberedToolbox } from "./manifest.ts";
import { hasDebianPackages, mendFor, packageManager } from "./mend.ts";
import { postgresPackage } from "./npm-package.ts";
import { findProgram } from "./search-path.ts";
import { isAtLeast } from "./versions.ts";
import { releaseFor } from "./ways.ts";

export async function examineTools(signal: AbortSignal): Promise<readonly Finding[]> {
  const bringing: Bringing = { signal, progress: () => undefined };
  const remembered = await rememberedToolbox();
  const go = await goFinding(signal, remembered !== undefined);
  return [
    await nodeFinding(bringing),
    await npmFinding(signal),
    go,
    aptFinding(),
    ...(await Promise.all(pinnedPrograms.map((each) => pinnedFinding(each, remembered, go.ok, bringing)))),
    ...(await Promise.all(systemPrograms.map((each) => systemFinding(each, remembered, bringing)))),
    postgresFinding(remembered),
  ];
}

async function nodeFinding(bringing: Bringing): Promise<Finding> {
  try {
    const { version, path } = await findNode(bringing);
    return { name: "node", ok: true, detail: `${version} at ${path}` };
  } catch (cause) {
    return { name: "node", ok: false, detail: reasonOf(cause), mend: `npm ci, or ${mendFor("node")}` };
  }
}

async function npmFinding(signal: AbortSignal): Promise<Finding> {
  const path = findProgram("npm");
  if (path === undefined) {
    return { name: "npm", ok: false, detail: "not on the PATH", mend: mendFor("node") };
  }
  const version = await runCommand(path, ["--version"], { signal, deadlineMs: VERSION_DEADLINE_MS });
  return { name: "npm", ok: true, detail: `${version.trim()} at ${path}` };
}

/** Go is needed once: to build what the machine lacks and what no release can be downloaded for. */
async function goFinding(signal: AbortSignal, allPresent: boolean): Promise<Finding> {
  const go = await findGo(signal);
  if (go !== undefined) {
    return { name: "go", ok: true, detail: `${go.version} at ${go.path}` };
  }
  const detail = `no Go ${GO_AT_LEAST} or newer on the PATH`;
  const spared = allPresent || pinnedPrograms.every((each) => releaseFor(each) !== undefined);
  return spared
    ? { name: "go", ok: true, detail: `${detail}; needed only where releases cannot be downloaded` }
    : { name: "go", ok: false, detail, mend: mendFor("k6") };
}

function aptFinding(): Finding {
  const manager = packageManager() ?? "no package manager that is known here";
  const detail = hasDebianPackages()
    ? "packages can be unpacked without installing them"
    : `not a Debian system (${manager}): HAProxy, Redis and PgBouncer have to be on the PATH`;
  return { name: "apt", ok: true, detail };
}

async function pinnedFinding(
  pinned: PinnedProgram,
  remembered: Toolbox | undefined,
  goIsThere: boolean,
  bringing: Bringing,
): Promise<Finding> {
  const name = pinned.program;
  if (remembered !== undefined) {
    return present(name, remembered[name]);
  }
  const found = await fromPath(name, pinned.versionArguments, (have) => have === pinned.version, bringing);
  if ("tool" in found) {
    return present(name, found.tool);
  }
  const ways = [
    ...(releaseFor(pinned) !== undefined ? ["downloaded as a release"] : []),
    ...(goIsThere ? ["built with Go in a minute or two"] : []),
  ];
  return brought(name, found.reason, ways);
}

async function systemFinding(
  wanted: SystemProgram,
  remembered: Toolbox | undefined,
  bringing: Bringing,
): Promise<Finding> {
  const name = wanted.program;
  if (remembered !== undefined) {
    return present(name, remembered[name]);
  }
  const fits = (version: string): boolean => isAtLeast(version, wanted.atLeast);
  const found = await fromPath(name, wanted.versionArguments, fits, bringing);
  if ("tool" in found) {
    return present(name, found.tool);
  }
  if (!hasDebianPackages()) {
    return brought(name, found.reason, []);
  }
  const offered = await missingPackages(wanted.debianPackage, { ownFolder: undefined, signal: bringing.signal });
  const version = offered.find((each) => each.name === wanted.debianPackage)?.version;
  const way = version === undefined ? "looked up in fresh package lists" : `unpacked from package version ${version}`;
  return brought(name, found.reason, [way]);
}

function postgresFinding(remembered: Toolbox | undefined): Finding {
  if (remembered !== undefined) {
    return present("postgres", remembered.postgres);
  }
  const folder = postgresPackage();
  return folder === undefined
    ? {
        name: "postgres",
        ok: false,
        detail: "its npm package is not installed",
        mend: `npm ci, or ${mendFor("postgres")}`,
      }
    : brought("postgres", "not prepared yet", [`taken from ${folder}`]);
}

function present(program: Program, tool: Tool): Finding {
  return { name: program, ok: true, detail: `${tool.version} at ${tool.path} (${tool.source})` };
}

/** Not there yet: fine as long as the next run has a way to bring it. */
function brought(program: Program, reason: string, ways: readonly string[]): Finding {
  return ways.length > 0
    ? { name: program, ok: true, detail: `${reason}; the next run brings it: ${ways.join(", or ")}` }
    : { name: program, ok: false, detail: reason, mend: mendFor(program) };
}
