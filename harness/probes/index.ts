export type { ProbeProtocol } from "./exchange.ts";
export { openProbe } from "./path-probe.ts";
export { startSampler } from "./sampler.ts";
