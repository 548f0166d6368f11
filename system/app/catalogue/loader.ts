import type { CachedKind } from "../cache/keys.ts";
import type { Load } from "../cache/tiered-cache.ts";
import type { Reader } from "../database/reader.ts";
import { QUERIES } from "./queries.ts";

/** Loads values by the optimised queries, one round trip each. */
export function optimisedLoader(reader: Reader): Load {
  return async (kind: CachedKind, id: string) => {
    const rows = await reader.read<{ id: string; value: string }>(kind, QUERIES[kind], [[id]]);
    return rows[0]?.value ?? "null";
  };
}
