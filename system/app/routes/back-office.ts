import { REVENUE_QUERY, SALES_REPORT } from "../catalogue/queries.ts";
import type { Address } from "../config.ts";
import { NotExecutedError } from "../database/failures.ts";
import type { Pool } from "../database/pool.ts";
import { report } from "../database/report.ts";
import { ok, type Page } from "./page.ts";

const WAREHOUSE_TIMEOUT_MS = 15_000;

/** What was sold by category and day: heavy, and on the servers that `reports` says. */
export function salesReport(pool: Pool): Page {
  return {
    name: "reports",
    method: "GET",
    url: "/reports/sales",
    work: "background",
    handle: async () => {
      const rows = await report(pool, "sales-report", SALES_REPORT);
      return ok(JSON.stringify({ rows }));
    },
  };
}

/** Revenue over the whole history: asked of the warehouse, or of the shop's own database where there is none. */
export function revenue(source: { readonly warehouse: Address } | { readonly database: Pool }): Page {
  return {
    name: "analytics",
    method: "GET",
    url: "/analytics/revenue",
    work: "background",
    handle: async () => {
      if ("warehouse" in source) return ok(await askWarehouse(source.warehouse));
      const rows = await report(source.database, "revenue", REVENUE_QUERY);
      return ok(JSON.stringify({ rows }));
    },
  };
}

async function askWarehouse(address: Address): Promise<string> {
  try {
    const response = await fetch(`http://${address.host}:${address.port}/revenue`, {
      signal: AbortSignal.timeout(WAREHOUSE_TIMEOUT_MS),
    });
    if (!response.ok) throw new Error(`the warehouse answered ${response.status}`);
    return await response.text();
  } catch (error) {
    throw new NotExecutedError("the warehouse does not answer", { cause: error });
  }
}
