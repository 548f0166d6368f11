import { readFileSync } from "node:fs";
import { z } from "zod";

const addressSchema = z.strictObject({ host: z.string(), port: z.int().min(0).max(65_535) });

const warehouseConfigSchema = z.strictObject({
  node: z.string(),
  listen: addressSchema,
  /** The replica for reports: the warehouse never asks the primary. */
  source: z.strictObject({ ...addressSchema.shape, user: z.string(), password: z.string(), database: z.string() }),
  /** The DuckDB file. It outlives a restart, and so does what was loaded. */
  storePath: z.string().min(1),
});

export type WarehouseConfig = Readonly<z.infer<typeof warehouseConfigSchema>>;

export function readWarehouseConfig(path: string): WarehouseConfig {
  return warehouseConfigSchema.parse(JSON.parse(readFileSync(path, "utf8")));
}
