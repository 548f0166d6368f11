import { readFileSync } from "node:fs";
import { z } from "zod";

/** What a payment provider's node is told in its `config.json`. */
const paymentConfigSchema = z.strictObject({
  listen: z.strictObject({ host: z.string(), port: z.int().min(0).max(65_535) }),
  /** Bearer token of the shop's account. */
  token: z.string().min(1),
  /** Names the streams of answer times and of declined cards. */
  seed: z.string(),
  /** Share of cards that are declined; absent where all are good. */
  declinedShare: z.number().min(0).max(1).exactOptional(),
  /** The provider's own ledger: one JSON line a capture. */
  ledgerPath: z.string().min(1),
});

export type PaymentConfig = Readonly<z.infer<typeof paymentConfigSchema>>;

export function readPaymentConfig(path: string): PaymentConfig {
  return paymentConfigSchema.parse(JSON.parse(readFileSync(path, "utf8")));
}
