import { SharedArray } from "k6/data";
import exec from "k6/execution";
import http from "k6/http";
import type { Options } from "k6/options";
import { offsetTo } from "./clock.ts";
import type { Settings } from "./settings.ts";
import { follow } from "./user.ts";

const settings: Settings = JSON.parse(open(__ENV.DOORBUSTER_LOAD ?? ""));

/** Shared by all users: each reads only its own line. */
const plan = new SharedArray("plan", () => open(settings.plan).split("\n"));

/** Beyond the curve's end: two attempts of full patience and the pause between them, doubled for a starved machine. */
const SLACK_MS = 40_000;

const once = {
  executor: "per-vu-iterations",
  iterations: 1,
  maxDuration: `${settings.lengthMs + SLACK_MS}ms`,
  gracefulStop: "0s",
} as const;

/**
 * A VU is a user and lives through one iteration, so all of them exist before the first request. The buyers' lane is
 * built the same way and not of `constant-arrival-rate`, which numbers iterations as they start: one that is dropped
 * would shift the planned instant of all that follow. Here every buyer has its number and its place by the plan.
 */
export const options: Options = {
  scenarios: {
    crowd: { ...once, vus: settings.users, exec: "crowd" },
    ...(settings.places > 0 ? { buyers: { ...once, vus: settings.places, exec: "buyers" } } : {}),
  },
  // The gate stays closed for as long as the shop needs to stand up; the driver has the deadline.
  setupTimeout: "1h",
  discardResponseBodies: true,
  // Tags would make a time series for each address in k6's memory; the records say all of it.
  systemTags: ["status"],
};

interface Gate {
  /** First planned request on k6's clock. */
  readonly zeroMs: number;
}

/** Reports that every user stands ready, and learns when the first request is planned. */
export function setup(): Gate {
  const { offsetMs, roundTripMs } = offsetTo(settings.control);
  const gate = `${settings.control}/gate?offset=${offsetMs}&roundTrip=${roundTripMs}`;
  const reply = http.get(gate, { responseType: "text", timeout: "1h" });
  if (reply.status !== 200) throw new Error(`the gate answered ${reply.status} ${reply.error}`);
  return { zeroMs: Number(reply.body) - offsetMs };
}

export function crowd(gate: Gate): void {
  const number = exec.scenario.iterationInTest;
  follow(number, plan[number] ?? "", gate.zeroMs, settings);
  if (number === 0) compareClocksAgain();
}

export function buyers(gate: Gate): void {
  const number = exec.scenario.iterationInTest;
  follow(number, plan[settings.users + number] ?? "", gate.zeroMs, settings);
}

/** The first user to come is the last to go, and looks at the two clocks once more; k6's teardown cannot read its own. */
function compareClocksAgain(): void {
  const { offsetMs, roundTripMs } = offsetTo(settings.control);
  http.get(`${settings.control}/done?offset=${offsetMs}&roundTrip=${roundTripMs}`);
}
