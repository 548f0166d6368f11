import type { TieredCache } from "../cache/tiered-cache.ts";
import { INVALID, ok, type Page } from "./page.ts";
import { searchTerm } from "./parameters.ts";

/** The first twenty products with a word in their name. */
export function search(cache: TieredCache): Page {
  return {
    name: "search",
    method: "GET",
    url: "/search",
    work: "browse",
    handle: async (request) => {
      const term = searchTerm(request);
      if (term === undefined) return INVALID;
      return ok(`{"query":${JSON.stringify(term)},"products":${await cache.get("search", term)}}`);
    },
  };
}
