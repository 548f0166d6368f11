import { join } from "node:path";
import type { Service } from "#core/service.ts";
import type { PaymentConfig } from "./config.ts";
import { DECLINED_SHARE } from "./decline.ts";

/** The payment provider's stand-in: an outside service with its own ledger; part of the world, not of the shop. */
export const payment: Service = {
  ports: ["http"],
  launch(input) {
    const config: PaymentConfig = {
      listen: input.listen("http"),
      token: input.secret("payment"),
      seed: input.seed,
      declinedShare: DECLINED_SHARE,
      ledgerPath: join(input.folder, "ledger.jsonl"),
    };
    return {
      program: "node",
      argv: [join(import.meta.dirname, "main.ts"), join(input.folder, "config.json")],
      env: {},
      files: [{ path: "config.json", content: JSON.stringify(config, null, 2) }],
      asServiceUser: false,
      ready: { kind: "http", port: "http", path: "/livez" },
      // Answers under way take up to 3.3 s.
      stop: { signal: "SIGTERM", graceMs: 4_000 },
      after: [],
    };
  },
};
