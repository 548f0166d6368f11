import { messageOf } from "#core/errors.ts";
import { openAffinity } from "./affinity.ts";
import { openCgroupV1 } from "./cgroup-v1.ts";
import { openCgroupV2 } from "./cgroup-v2.ts";
import type { MachineSizes, SizesPlan } from "./machine-sizes.ts";
import type { SizesKind } from "./parts.ts";

const WAYS: readonly (readonly [SizesKind, (plan: SizesPlan) => Promise<MachineSizes>])[] = [
  ["cgroup v1", openCgroupV1],
  ["cgroup v2", openCgroupV2],
  ["affinity", openAffinity],
];

/** The best way that works here, or the wanted one alone. Why better ones do not work is part of the detail. */
export async function openSizes(plan: SizesPlan, wanted?: SizesKind): Promise<MachineSizes> {
  const refused: string[] = [];
  for (const [kind, open] of WAYS) {
    if (wanted !== undefined && wanted !== kind) continue;
    try {
      return explained(await open(plan), refused);
    } catch (thrown) {
      refused.push(`${kind}: ${messageOf(thrown)}`);
    }
  }
  return explained(noSizes(), refused);
}

function explained(sizes: MachineSizes, refused: readonly string[]): MachineSizes {
  return refused.length === 0 ? sizes : { ...sizes, detail: `${sizes.detail} (${refused.join("; ")})` };
}

/** No size is enforced: every part may use the whole machine, and the report says so. */
function noSizes(): MachineSizes {
  return {
    kind: "none",
    detail: "machine sizes are not enforced: any part may use every core",
    admit: () => undefined,
    limit: async () => undefined,
    cgroups: () => [],
    cpuSeconds: () => undefined,
    async [Symbol.asyncDispose]() {},
  };
}
