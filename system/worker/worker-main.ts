import { pino } from "pino";
import { readWorkerConfig } from "./config.ts";
import { startWorker } from "./worker.ts";

const log = pino();
const worker = await startWorker(readWorkerConfig(process.argv[2] ?? "config.json"), log);

process.once("SIGTERM", () => {
  log.info({ event: "drain-began", detail: "SIGTERM" });
  worker[Symbol.asyncDispose]().then(
    () => process.exit(0),
    (failure: unknown) => {
      log.error(failure);
      process.exit(1);
    },
  );
});
