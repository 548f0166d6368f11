import type { TieredCache } from "../cache/tiered-cache.ts";
import { NOT_FOUND, ok, type Page } from "./page.ts";
import { pathId } from "./parameters.ts";

/** A product with its stock, which may be five seconds old, and what its buyers say. */
export function product(cache: TieredCache): Page {
  return {
    name: "product",
    method: "GET",
    url: "/product/:id",
    work: "browse",
    handle: async (request) => {
      const id = pathId(request);
      if (id === undefined) return NOT_FOUND;
      const [item, stock, reviews] = await Promise.all([
        cache.get("product", id),
        cache.get("stock", id),
        cache.get("reviews", id),
      ]);
      if (item === "null") return NOT_FOUND;
      return ok(`${item.slice(0, -1)},"stock":${stock},"reviews":${reviews}}`);
    },
  };
}
