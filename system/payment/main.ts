import { readPaymentConfig } from "./config.ts";
import { paymentServer } from "./server.ts";

const config = readPaymentConfig(process.argv[2] ?? "config.json");
const server = await paymentServer(config);
await server.http.listen(config.listen);

process.once("SIGTERM", () => {
  server.http.log.info({ event: "drain-began", detail: "SIGTERM" });
  server[Symbol.asyncDispose]().then(
    () => process.exit(0),
    (failure: unknown) => {
      server.http.log.error(failure);
      process.exit(1);
    },
  );
});
