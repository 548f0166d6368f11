import { writeFileSync } from "node:fs";
import { resultJsonSchema } from "./schema.ts";

/** `node harness/report/schema-main.ts` publishes the schema of result.json again, after a change of its type. */
writeFileSync(new URL("./result.schema.json", import.meta.url), resultJsonSchema());
