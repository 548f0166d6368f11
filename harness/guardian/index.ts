export { guardRun } from "./guard.ts";
export { findLiving, findUnfinished, recover } from "./recover.ts";
