import { join } from "node:path";
import type { Service } from "#core/service.ts";
import type { WarehouseConfig } from "./config.ts";

/** Analytics in a database of their own, fed from the replica for reports. */
export const warehouse: Service = {
  ports: ["http"],
  launch(input) {
    const config: WarehouseConfig = {
      node: input.node.id,
      listen: input.listen("http"),
      source: { ...input.dial("reports", "sql"), user: "shop", password: input.secret("database"), database: "shop" },
      storePath: join(input.folder, "warehouse.duckdb"),
    };
    return {
      program: "node",
      argv: [join(import.meta.dirname, "main.ts"), join(input.folder, "config.json")],
      env: {},
      files: [{ path: "config.json", content: JSON.stringify(config, null, 2) }],
      asServiceUser: false,
      ready: { kind: "http", port: "http", path: "/livez" },
      stop: { signal: "SIGTERM", graceMs: 2_000 },
      after: [],
    };
  },
};
