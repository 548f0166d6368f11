import { z } from "zod";
import type { Fault, FaultKind } from "#core/fault.ts";
import { blackholeLesson, blackholeSchema } from "./blackhole.ts";
import type { FaultDefinition } from "./definition.ts";
import { killLesson, killSchema } from "./kill.ts";
import { latencyLesson, latencySchema } from "./latency.ts";
import { pauseLesson, pauseSchema } from "./pause.ts";
import { refuseLesson, refuseSchema } from "./refuse.ts";

export { blackhole } from "./blackhole.ts";
export type { FaultDefinition } from "./definition.ts";
export { kill } from "./kill.ts";
export { latency } from "./latency.ts";
export { pause } from "./pause.ts";
export { refuse } from "./refuse.ts";
export { link, node } from "./selectors.ts";

/** Every kind of fault, by its name. The type makes a forgotten one an error. */
export const FAULTS: { readonly [K in FaultKind]: FaultDefinition<K> } = {
  kill: { kind: "kill", schema: killSchema, lesson: killLesson },
  pause: { kind: "pause", schema: pauseSchema, lesson: pauseLesson },
  latency: { kind: "latency", schema: latencySchema, lesson: latencyLesson },
  blackhole: { kind: "blackhole", schema: blackholeSchema, lesson: blackholeLesson },
  refuse: { kind: "refuse", schema: refuseSchema, lesson: refuseLesson },
};

/** A fault as it stands in a scenario. */
export const faultSchema: z.ZodType<Fault> = z.discriminatedUnion("kind", [
  killSchema,
  pauseSchema,
  latencySchema,
  blackholeSchema,
  refuseSchema,
]);
