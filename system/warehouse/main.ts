import { readWarehouseConfig } from "./config.ts";
import { warehouseServer } from "./server.ts";

const config = readWarehouseConfig(process.argv[2] ?? "config.json");
const server = await warehouseServer(config);
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
