export type { ProbeProtocol } from "./exchange.ts";
export { openProbe, type ProbeOptions } from "./path-probe.ts";
export { startSampler } from "./sampler.ts";
