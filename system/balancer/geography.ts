import type { Region } from "#core/topology.ts";

/** Where a request comes from, by the nearest region first: all regions that can serve, the own one before others. */
export function preference(origin: Region, serving: readonly Region[]): readonly Region[] {
  return [...serving.filter((region) => region === origin), ...serving.filter((region) => region !== origin)];
}

/**
 * Client networks by region, for a request without `X-Geo`. In the world it is made from a register of addresses; on a
 * loopback these ranges stand for it, so that `curl --interface 127.2.0.1` comes from the second region.
 */
export function renderNetworks(regions: readonly Region[]): string {
  return regions.map((region, i) => `127.${i + 1}.0.0/16 ${region}\n`).join("");
}

/** Names that `X-Geo` may have. Others are not believed, and the address decides. */
export function renderRegions(regions: readonly Region[]): string {
  return regions.map((region) => `${region} ${region}\n`).join("");
}
