import type { TieredCache } from "../cache/tiered-cache.ts";
import { ok, type Page } from "./page.ts";

/** The shop's first page: what sells best. */
export function home(cache: TieredCache): Page {
  return {
    name: "home",
    method: "GET",
    url: "/",
    work: "browse",
    handle: async () => ok(`{"bestSellers":${await cache.get("best-sellers", "0")}}`),
  };
}
