export { guardRun } from "./guard.ts";
export { findLiving, findUnfinished, lookForUnfinished, recover } from "./recover.ts";
