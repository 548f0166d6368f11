// The default scenario as it is, under a name of its own: results of traps push no real ones out, nor pose as the latest.
export { default } from "#scenarios/black-friday.ts";
