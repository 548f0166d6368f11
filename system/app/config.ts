import { readFileSync } from "node:fs";
import { z } from "zod";
import { BUG_NAMES } from "#system/bugs.ts";
import { PROTECTION_NAMES, type ProtectionName } from "#system/switches.ts";

const address = z.strictObject({ host: z.string().min(1), port: z.int().min(0).max(65_535) });
const region = z.enum(["eu", "us"]);

/** What a replica of the application is told in its `config.json`. */
const appConfigSchema = z.strictObject({
  /** Name of the node; the database shows it as the name of its client. */
  id: z.string().min(1),
  region,
  listen: z.strictObject({ http: address, agent: address }),
  protections: z.array(z.enum(PROTECTION_NAMES)),
  plantedBug: z.enum(BUG_NAMES).optional(),
  database: z.strictObject({
    user: z.string().min(1),
    name: z.string().min(1),
    password: z.string(),
    /** The pooler with that protection, else the primary itself. */
    primary: address,
    replica: address.optional(),
    reports: address.optional(),
  }),
  cache: z.strictObject({ address, password: z.string() }).optional(),
  /** One Redis a region: a cart lives in its user's home region. */
  carts: z.strictObject({ regions: z.partialRecord(region, address), password: z.string() }).optional(),
  warehouse: address.optional(),
  payment: z.strictObject({ address, token: z.string() }).optional(),
});

export type AppSettings = Readonly<z.infer<typeof appConfigSchema>>;

export interface AppConfig extends Omit<AppSettings, "protections"> {
  readonly protections: ReadonlySet<ProtectionName>;
}

export type Region = AppConfig["region"];
export type Address = Readonly<z.infer<typeof address>>;

export function parseAppConfig(value: unknown): AppConfig {
  const settings = appConfigSchema.parse(value);
  return { ...settings, protections: new Set(settings.protections) };
}

export function readAppConfig(path: string): AppConfig {
  return parseAppConfig(JSON.parse(readFileSync(path, "utf8")));
}
