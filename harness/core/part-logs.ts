import { z } from "zod";

/** Event of a part whose log says that one of its processes crashed; the detail is the line. */
export const CRASH_LOGGED = "crash-logged";

/** Name of the evidence record in which the reader of the parts' logs says how far it came. */
export const LOGS_READ = "logs-read";

/** The door of that record's data. */
export const logsReadSchema = z.object({
  logs: z.array(
    z.object({
      node: z.string(),
      /** False where no log of the part was ever there to be read. */
      found: z.boolean(),
      /** Bytes that were read, and those that were still unread when the reading ended. */
      bytes: z.number().int().nonnegative(),
      unread: z.number().int().nonnegative(),
    }),
  ),
});

export type LogsRead = Readonly<z.infer<typeof logsReadSchema>>;
