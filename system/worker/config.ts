import { readFileSync } from "node:fs";
import { z } from "zod";
import { BUG_NAMES } from "#system/bugs.ts";

const addressSchema = z.strictObject({ host: z.string(), port: z.int().min(0).max(65_535) });

const databaseSchema = z.strictObject({
  ...addressSchema.shape,
  user: z.string(),
  password: z.string(),
  database: z.string(),
});

const queueSchema = z.strictObject({ ...addressSchema.shape, password: z.string() });

const relayConfigSchema = z.strictObject({
  node: z.string(),
  listen: addressSchema,
  plantedBug: z.enum(BUG_NAMES).optional(),
  database: databaseSchema,
  /** Protection `queue`: orders are fulfilled by jobs. Without it nobody may publish any. */
  queue: queueSchema.optional(),
  /** Protection `stock-feed`: the warm tiers that are told of each sale, by region. Empty without it. */
  warmTiers: z.array(z.strictObject({ ...queueSchema.shape, region: z.string() })),
  /** Protection `queries`: best sellers and review summaries are rollups that somebody has to refresh. */
  refreshesRollups: z.boolean(),
});

const workerConfigSchema = z.strictObject({
  node: z.string(),
  listen: addressSchema,
  plantedBug: z.enum(BUG_NAMES).optional(),
  database: databaseSchema,
  queue: queueSchema,
  payment: z.strictObject({ ...addressSchema.shape, token: z.string() }),
});

export type DatabaseAddress = Readonly<z.infer<typeof databaseSchema>>;
export type QueueAddress = Readonly<z.infer<typeof queueSchema>>;
export type WarmTierAddress = RelayConfig["warmTiers"][number];
export type RelayConfig = Readonly<z.infer<typeof relayConfigSchema>>;
export type WorkerConfig = Readonly<z.infer<typeof workerConfigSchema>>;

export function readRelayConfig(path: string): RelayConfig {
  return relayConfigSchema.parse(JSON.parse(readFileSync(path, "utf8")));
}

export function readWorkerConfig(path: string): WorkerConfig {
  return workerConfigSchema.parse(JSON.parse(readFileSync(path, "utf8")));
}
