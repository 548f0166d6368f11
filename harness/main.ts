import { dirname, join } from "node:path";
import { faultSchema } from "#chaos/faults/index.ts";
import { processInjector } from "#chaos/injectors/process/index.ts";
import { toxiproxyInjector } from "#chaos/injectors/toxiproxy/index.ts";
import { Failure, messageOf } from "#core/errors.ts";
import type { Toolbox } from "#core/toolbox.ts";
import { paced } from "#scenarios/shared/pace.ts";
import { parseEdgeLine } from "#system/balancer/log-line.ts";
import { EDGE_CONNECTIONS } from "#system/balancer/service.ts";
import { BUG_NAMES, bugNamed, protectionsOf } from "#system/bugs.ts";
import { datasets, services } from "#system/catalogue.ts";
import { evidence, invariantCheckers } from "#system/evidence/index.ts";
import { WORDS } from "#system/postgres/words.ts";
import { PROTECTION_NAMES, type ProtectionName } from "#system/switches.ts";
import { topologyOf } from "#system/topology.ts";
import { SOMETIMES_NAMES } from "./checkers/index.ts";
import type { Adapters } from "./commands/adapters.ts";
import { leave } from "./commands/held-up.ts";
import { runCommand } from "./commands/index.ts";
import { currentCommit } from "./context/commit.ts";
import { sampleUsage } from "./context/usage.ts";
import { findLiving, findUnfinished, guardRun, lookForUnfinished, recover } from "./guardian/index.ts";
import { openLeakAudit } from "./leaks/index.ts";
import { k6Driver, refuseLoad, writeWitnesses } from "./load/k6/index.ts";
import { openGate } from "./probes/gate.ts";
import { openProbe, startSampler } from "./probes/index.ts";
import { reporterNamed } from "./reporters/index.ts";
import { localSubstrate } from "./substrates/local/index.ts";
import { cacheFolder, equip, examine, serviceUser, stateFolder } from "./tools/index.ts";

/** The composition root: the only file that knows every adapter. */

const root = join(import.meta.dirname, "..");

async function toolbox(progress: (line: string) => void, signal: AbortSignal): Promise<Toolbox> {
  try {
    return await equip({ progress, signal });
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    throw new Failure("environment", [messageOf(thrown)], "`npm run scenario doctor` examines the machine.", {
      cause: thrown,
    });
  }
}

function isProtection(name: string): name is ProtectionName {
  return PROTECTION_NAMES.some((known) => known === name);
}

/** Of the run at hand: what its guardian costs counts as the testbed's. */
let guardianPid: number | undefined;

const adapters: Adapters = {
  root,
  resultsFolder: join(root, "results"),
  vocabulary: {
    fault: faultSchema,
    protections: PROTECTION_NAMES,
    invariants: invariantCheckers.map(({ name }) => name),
    sometimes: SOMETIMES_NAMES,
  },
  bugNames: BUG_NAMES,
  topologyOf(system, without, plant) {
    const topology = topologyOf(system, without.filter(isProtection), bugNamed(plant));
    const missing = protectionsOf(bugNamed(plant)).filter((name) => !topology.protections.includes(name));
    if (missing.length === 0) return topology;
    throw new Failure(
      "usage",
      [`--plant ${plant}: the bug is in the code of ${missing.join(" and ")}, which this shop runs without`],
      "Plant another bug, or leave the protection on; nothing was started.",
    );
  },
  shaped: paced,
  refuseLoad: (load) => refuseLoad(load, { freeBytes: process.availableMemory(), connections: EDGE_CONNECTIONS }),
  substrateNames: ["local"],
  async substrate(_name, progress, signal) {
    const tools = await toolbox(progress, signal);
    const user = serviceUser();
    const substrate = localSubstrate({
      toolbox: tools,
      services,
      datasets,
      serviceUser: user,
      stateFolder: stateFolder(),
      openProbe,
    });
    return {
      substrate,
      load: k6Driver(tools.k6, WORDS),
      facts: {
        tools: Object.fromEntries(
          Object.entries(tools).map(([name, { version, source }]) => [name, { version, source }]),
        ),
      },
    };
  },
  injectors: [processInjector, toxiproxyInjector],
  evidence,
  checkers: invariantCheckers,
  gate: openGate,
  sample(stage, ctx) {
    const samplers = [startSampler(evidence.samples, stage, ctx), sampleUsage(stage, ctx, guardianPid)];
    return {
      async [Symbol.asyncDispose]() {
        for (const sampler of samplers) await sampler[Symbol.asyncDispose]();
      },
    };
  },
  witness: (stage, ctx) => writeWitnesses(stage, parseEdgeLine, ctx),
  async guard(runId) {
    const run = await guardRun(stateFolder(), runId);
    guardianPid = run.guardian.pid;
    return {
      journal: run.journal,
      folder: dirname(run.journal.path),
      lost: run.guardian.lost,
      [Symbol.asyncDispose]: () => run[Symbol.asyncDispose](),
    };
  },
  audit: (runId) => openLeakAudit({ runId, stateFolder: stateFolder(), cacheFolder: cacheFolder() }),
  living: () => findLiving(stateFolder()),
  unfinished: (say) => findUnfinished(stateFolder(), say),
  lookForUnfinished: (say) => lookForUnfinished(stateFolder(), say),
  recover: (left, progress) => recover(left.journalPath, progress),
  examine,
  reporter: (name) => reporterNamed(name, process.stdout),
  commit: () => currentCommit(root),
};

leave(await runCommand(process.argv.slice(2), adapters));
