import { setTimeout as sleep } from "node:timers/promises";
import { readAppConfig } from "./config.ts";
import { createLog } from "./log.ts";
import { createShop } from "./shop.ts";

/** The balancer asks the agent and the check about once a second: after that it sends nothing new. */
const NOTICE_MS = 1_200;
/** Answers under way end within this; the supervisor's patience is 5 s in all. */
const DRAIN_MS = 3_000;

const config = readAppConfig(process.argv[2] ?? "config.json");
const log = createLog(config.id);
const shop = createShop(config, log);

let lastRequestAt = Number.NEGATIVE_INFINITY;
shop.http.addHook("onRequest", (request, _reply, done) => {
  // Checks and scrapes go on while nobody shops; they are no reason to stay.
  if (request.headers["x-request-id"] !== undefined) lastRequestAt = performance.now();
  done();
});

process.once("SIGTERM", () => {
  log.event("drain-began", "SIGTERM");
  shop.readiness.drain();
  drain().then(
    () => {
      log.event("drain-ended", "nothing left in hand");
      process.exit(0);
    },
    (error: unknown) => {
      log.error("the drain failed", error);
      process.exit(1);
    },
  );
});

process.on("unhandledRejection", (error) => {
  log.error("a rejection that nobody handled", error);
  process.exit(1);
});

/** Lets the balancer notice first: requests that are on their way find an open door. */
async function drain(): Promise<void> {
  if (performance.now() - lastRequestAt < NOTICE_MS) await sleep(NOTICE_MS);
  await Promise.race([shop[Symbol.asyncDispose](), sleep(DRAIN_MS)]);
}

await shop.start();
