import { pino } from "pino";
import { readRelayConfig } from "./config.ts";
import { startRelay } from "./relay.ts";

const log = pino();
const relay = await startRelay(readRelayConfig(process.argv[2] ?? "config.json"), log);

process.once("SIGTERM", () => {
  log.info({ event: "drain-began", detail: "SIGTERM" });
  relay[Symbol.asyncDispose]().then(
    () => process.exit(0),
    (failure: unknown) => {
      log.error(failure);
      process.exit(1);
    },
  );
});
