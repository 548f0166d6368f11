import type { Substrate } from "#core/substrate.ts";
import type { LocalParts } from "./parts.ts";
import { raise } from "./raise.ts";
import { ABILITIES } from "./stage.ts";

/** The shop as processes of this machine, with a proxy server of our own between every two parts. */
export function localSubstrate(parts: LocalParts): Substrate {
  return {
    name: "local",
    can: ABILITIES,
    raise: (topology, options, ctx) => raise(parts, topology, options, ctx),
  };
}
