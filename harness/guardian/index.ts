export { guardRun } from "./guard.ts";
export { findUnfinished, recover } from "./recover.ts";
