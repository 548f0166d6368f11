import type { HistoryRecord, Outcome } from "#core/history.ts";
import type { Scenario } from "#core/scenario.ts";
import { formatLatency } from "../format.ts";
import type { LoadByLane, LoadSecond, LoadSeconds } from "./load-seconds.ts";
import { type Panel, type Track, track } from "./panel.ts";
import type { Values } from "./sample-track.ts";

/** The charts of the load, in the order in which it travels: users, requests, latency, failures, buyers. */
export function loadPanels(
  records: readonly HistoryRecord[],
  scenario: Scenario,
  lanes: LoadByLane,
  seconds: number,
): readonly Panel[] {
  const { shoppers, buyers, bots } = lanes;
  const bad = (id: string, lane: LoadSeconds): Track =>
    track(
      `${id}-bad`,
      "bad",
      "bad",
      "/s",
      perSecond(lane, seconds, (second) => second.bad),
    );
  const good = (id: string, lane: LoadSeconds): Track =>
    track(
      `${id}-good`,
      "good",
      "good",
      "/s",
      perSecond(lane, seconds, (second) => second.good),
    );
  const everything = perSecond(bots, seconds, (second) => second.good + second.bad);
  const stack = { kind: "stack", scale: "linear", unit: "/s" } as const;
  return [
    usersPanel(records, seconds),
    {
      ...stack,
      id: "requests",
      title: "Requests",
      missing: "no load reached the history",
      tracks: [
        bad("requests", shoppers),
        good("requests", shoppers),
        track("requests-bots", "bots", "faint", "/s", everything),
      ],
    },
    latencyPanel("latency", "Latency", "all", shoppers, scenario, seconds),
    causesPanel(lanes, seconds),
    {
      ...stack,
      id: "buyers",
      title: "Buyers’ lane",
      missing: "no buyers’ lane in this run",
      tracks: [bad("buyers", buyers), good("buyers", buyers)],
    },
    latencyPanel("buyers-latency", "Buyers’ latency", "buyers", buyers, scenario, seconds),
  ];
}

function usersPanel(records: readonly HistoryRecord[], seconds: number): Panel {
  const planned: (number | undefined)[] = new Array(seconds).fill(undefined);
  const present: (number | undefined)[] = new Array(seconds).fill(undefined);
  for (const record of records) {
    if (record.kind !== "load.health" || record.second < 0 || record.second >= seconds) continue;
    planned[record.second] = record.usersPlanned;
    present[record.second] = record.usersPresent;
  }
  return {
    id: "users",
    title: "Users",
    kind: "lines",
    scale: "linear",
    unit: "users",
    missing: "the generator told nothing of its users",
    tracks: [
      track("users-present", "present", "main", "users", present),
      track("users-planned", "planned", "plan", "users", planned),
    ],
  };
}

function perSecond(lane: LoadSeconds, seconds: number, read: (second: LoadSecond) => number | undefined): Values {
  return Array.from({ length: seconds }, (_, at) => {
    const second = lane.at(at);
    return second === undefined ? undefined : read(second);
  });
}

function latencyPanel(
  id: string,
  title: string,
  subject: "all" | "buyers",
  lane: LoadSeconds,
  scenario: Scenario,
  seconds: number,
): Panel {
  const limit = latencyLimit(scenario, subject);
  const quantile = (share: number): Values => perSecond(lane, seconds, (second) => second.latency.quantile(share));
  return {
    id,
    title,
    kind: "lines",
    scale: "log",
    unit: "ms",
    missing: "no attempt reached the history",
    tracks: [
      track(`${id}-p99`, "p99", "main", "ms", quantile(0.99)),
      track(`${id}-p95`, "p95", "soft", "ms", quantile(0.95)),
      track(`${id}-p50`, "p50", "faint", "ms", quantile(0.5)),
    ],
    ...(limit === undefined ? {} : { target: { value: limit, label: `limit ${formatLatency(limit)}` } }),
  };
}

/** The strictest limit on latency that the scenario sets for a subject. */
export function latencyLimit(scenario: Scenario, subject: "all" | "buyers"): number | undefined {
  const limits = scenario.expect.flatMap((objective) =>
    objective.kind === "latency" && objective.subject === subject ? [objective.belowMs] : [],
  );
  return limits.length === 0 ? undefined : Math.min(...limits);
}

/** Causes of failure with their words and colours, worst for the user first. */
export const CAUSES: readonly { readonly outcome: Outcome; readonly label: string; readonly tone: Track["tone"] }[] = [
  { outcome: "timeout", label: "timed out", tone: "bad" },
  { outcome: "lost", label: "lost (user still waited)", tone: "main" },
  { outcome: "unavailable", label: "503", tone: "second" },
  { outcome: "error", label: "other 5xx", tone: "third" },
  { outcome: "refused", label: "refused", tone: "soft" },
  { outcome: "broken-off", label: "broken off", tone: "faint" },
  { outcome: "unsent", label: "not sent", tone: "plan" },
];

function causesPanel(lanes: LoadByLane, seconds: number): Panel {
  const { shoppers, buyers } = lanes;
  const tracks = CAUSES.map(({ outcome, label, tone }) => {
    const values = Array.from({ length: seconds }, (_, at) => {
      const seen = [shoppers.at(at), buyers.at(at)].filter((second) => second !== undefined);
      if (seen.length === 0) return undefined;
      return seen.reduce((sum, second) => sum + (second.causes.get(outcome) ?? 0), 0);
    });
    return track(`errors-${outcome}`, label, tone, "/s", values);
  });
  return {
    id: "errors",
    title: "Failures by cause",
    kind: "stack",
    scale: "linear",
    unit: "/s",
    missing: "no load reached the history",
    tracks,
  };
}
