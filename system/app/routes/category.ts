import type { TieredCache } from "../cache/tiered-cache.ts";
import { NOT_FOUND, ok, type Page } from "./page.ts";
import { pathId } from "./parameters.ts";

/** The most popular products of a category. */
export function category(cache: TieredCache): Page {
  return {
    name: "category",
    method: "GET",
    url: "/category/:id",
    work: "browse",
    handle: async (request) => {
      const id = pathId(request);
      if (id === undefined) return NOT_FOUND;
      const products = await cache.get("category", id);
      return products === "[]" ? NOT_FOUND : ok(`{"categoryId":${id},"products":${products}}`);
    },
  };
}
