import type { Program, Tool, Toolbox } from "#core/toolbox.ts";
import type { Bringing } from "./bringing.ts";
import { pinnedPrograms, systemPrograms } from "./catalogue.ts";
import { ToolsMissingError } from "./errors.ts";
import { findNode } from "./find-node.ts";
import { cacheFolder, openStateFolder } from "./folders.ts";
import { fromNpm } from "./from-npm.ts";
import { lockCache } from "./lock.ts";
import { rememberedToolbox, rememberToolbox } from "./manifest.ts";
import { serviceUser } from "./service-user.ts";
import { bringFromSystem, bringPinned } from "./ways.ts";

export type { Bringing } from "./bringing.ts";
export { examine } from "./doctor.ts";
export { ToolError, ToolsMissingError } from "./errors.ts";
export { cacheFolder, stateFolder } from "./folders.ts";
export { serviceUser } from "./service-user.ts";

type Brought = { [name in Program]?: Tool };

/**
 * Brings every program that a run starts, and says where each is. The first time takes a minute or two and shows its
 * progress; later calls answer from what was remembered, as long as none of the files has changed. Rejects with a
 * `ToolsMissingError` that names all that is missing and the command that mends each.
 */
export async function equip(bringing: Bringing): Promise<Toolbox> {
  openStateFolder();
  const remembered = await rememberedToolbox();
  if (remembered !== undefined) {
    return remembered;
  }
  await using _lock = await lockCache(cacheFolder(), {
    signal: bringing.signal,
    onWait: (holder) => bringing.progress(`another run (process ${holder}) brings the tools; waiting for it`),
  });
  // Whoever held the lock before may have done all the work.
  const meanwhile = await rememberedToolbox();
  if (meanwhile !== undefined) {
    return meanwhile;
  }
  const toolbox = await bringAll(bringing);
  await rememberToolbox(toolbox);
  return toolbox;
}

/** Builds load the processor and packages the network: these lanes run side by side, within a lane one after the other. */
async function bringAll(bringing: Bringing): Promise<Toolbox> {
  const lanes: readonly (readonly (() => Promise<Brought>)[])[] = [
    [async () => ({ node: await findNode(bringing) }), () => fromNpm(serviceUser(), bringing)],
    pinnedPrograms.map((each) => async () => ({ [each.program]: await bringPinned(each, bringing) })),
    systemPrograms.map((each) => async () => ({ [each.program]: await bringFromSystem(each, bringing) })),
  ];
  const failures: unknown[] = [];
  const brought: Brought = {};
  await Promise.all(
    lanes.map(async (lane) => {
      for (const bring of lane) {
        await bring().then(
          (tools) => Object.assign(brought, tools),
          (failure: unknown) => failures.push(failure),
        );
      }
    }),
  );
  bringing.signal.throwIfAborted();
  if (failures.length > 0 || !isWhole(brought)) {
    throw new ToolsMissingError(failures);
  }
  return brought;
}

function isWhole(brought: Brought): brought is Toolbox {
  const { node, k6, haproxy, pgbouncer, postgres, initdb, pg_ctl: pgCtl } = brought;
  const all = [
    node,
    k6,
    brought["toxiproxy-server"],
    haproxy,
    brought["redis-server"],
    pgbouncer,
    postgres,
    initdb,
    pgCtl,
  ];
  return all.every((tool) => tool !== undefined);
}
