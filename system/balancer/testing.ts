import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ServiceFile, ServiceInput } from "#core/service.ts";
import type { Topology } from "#core/topology.ts";

/** A placeholder of fixed length for the folder, so that a rendered configuration is the same on every machine. */
const FOLDER = "/node";

/** An input whose ports are numbers in the order of the topology: the same for the same topology. */
export function inputFor(topology: Topology, node: string): ServiceInput {
  const spec = topology.nodes.find(({ id }) => id === node);
  if (spec === undefined) throw new RangeError(`the topology has no node ${node}`);
  return {
    node: spec,
    topology,
    folder: FOLDER,
    listen: (port) => ({ host: "127.0.0.1", port: port === "stats" ? 20_002 : 20_001 }),
    dial(to, port, fromRegion = spec.region) {
      const index = topology.links.findIndex(
        (link) =>
          link.to === to &&
          link.from.role === spec.role &&
          link.from.region === fromRegion &&
          link.port === (port ?? link.port),
      );
      if (index < 0) throw new RangeError(`no link from ${node} (${fromRegion}) to ${to}`);
      return { host: "127.0.0.1", port: 21_000 + index };
    },
    secret: (name) => name,
    seed: "test",
    scale: 500,
  };
}

/** Writes rendered files where HAProxy can look at them: the placeholder becomes a real folder. */
export async function writeFiles(
  files: readonly ServiceFile[],
): Promise<AsyncDisposable & { readonly config: string }> {
  const folder = await mkdtemp(join(tmpdir(), "balancer-"));
  await mkdir(folder, { recursive: true });
  for (const file of files)
    await writeFile(join(folder, file.path), file.content.replaceAll(`${FOLDER}/`, `${folder}/`));
  return { config: join(folder, "haproxy.cfg"), [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}
