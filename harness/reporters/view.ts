import { formatMoment } from "#core/duration.ts";
import { loadLengthMs, type Scenario } from "#core/scenario.ts";
import type { Topology } from "#core/topology.ts";
import { causeWords, count, errorShare, latency } from "./figures.ts";
import { type Piece, pad, piece } from "./paint.ts";
import type { FaultInForce, ShopState } from "./shop-state.ts";
import { bar, sparkline } from "./sparkline.ts";
import type { Telling } from "./telling.ts";
import type { Watching } from "./watching.ts";

/** Everything that one frame of the live view shows. */
export interface Frame {
  readonly heading: string;
  readonly run: { readonly scenario: Scenario; readonly topology: Topology } | undefined;
  readonly watching: Watching;
  readonly shop: ShopState;
  readonly events: readonly (Telling & { readonly at: number })[];
  /** Run clock of the newest record. */
  readonly now: number;
  readonly columns: number;
}

/** Labels stand in a column of their own; a value's first word in the next. */
const LABEL = 9;
const VALUE = 10;
/** What is told after the sparkline needs this much room. */
const TAIL = 26;
/** The p99 limit of the brief, where the scenario sets none: only the height of the sparkline depends on it. */
const USUAL_LIMIT_MS = 200;

function row(label: string, ...pieces: readonly Piece[]): readonly Piece[] {
  return [piece(pad(label, LABEL), "quiet"), ...pieces];
}

export function view(frame: Frame): readonly (readonly Piece[])[] {
  const { watching, events, heading } = frame;
  const zero = watching.zeroMs;
  return [
    [piece(heading, "strong")],
    ...phaseRows(frame),
    [],
    usersRow(frame),
    rateRow(frame),
    latencyRow(frame, 0.99),
    latencyRow(frame, 0.5),
    errorsRow(frame),
    buyersRow(frame),
    [],
    ...regionRows(frame),
    ...faultRows(frame),
    [],
    ...events.map((event) =>
      row(zero === undefined ? "" : formatMoment(event.at - zero), piece(event.text, event.tone)),
    ),
    // The block keeps its height, so that what is below it does not jump.
    ...Array.from({ length: Math.max(0, 3 - events.length) }, () => []),
  ];
}

/** Regions in which this system has machines; the monolith lives in one. */
function regionRows({ run, shop }: Frame): readonly (readonly Piece[])[] {
  if (run === undefined) return [];
  const { topology } = run;
  return topology.regions
    .filter((region) => topology.nodes.some((node) => node.region === region))
    .map((region) => row(region, ...shop.region(region, topology)));
}

function phaseRows({ run, watching, now, columns }: Frame): readonly (readonly Piece[])[] {
  const zero = watching.zeroMs;
  if (zero === undefined) return [row("load", piece("the first request is still to come", "quiet"))];
  const elapsed = now - zero;
  if (run === undefined) return [row("load", piece(formatMoment(elapsed)))];
  const total = loadLengthMs(run.scenario.load);
  const left = Math.max(0, total - elapsed);
  let fromMs = 0;
  let phase = run.scenario.load.phases[0];
  for (const candidate of run.scenario.load.phases) {
    if (elapsed < fromMs) break;
    phase = candidate;
    fromMs += candidate.forMs;
  }
  const phaseLeft = Math.max(0, fromMs - elapsed);
  const width = Math.max(8, Math.min(60, columns - LABEL - 24));
  const told =
    left === 0 ? "drains: last answers, then the final reads" : `${phase?.name ?? ""}, ${formatMoment(phaseLeft)} left`;
  return [
    row(
      "load",
      ...bar(elapsed / total, width),
      piece(` ${formatMoment(Math.max(0, elapsed))} of ${formatMoment(total)}`),
    ),
    row("phase", piece(told)),
  ];
}

function usersRow({ watching, run }: Frame): readonly Piece[] {
  const { health } = watching;
  if (health === undefined) return row("users", piece("–", "quiet"));
  const scale = run?.scenario.load.scale;
  const stand = scale === undefined ? "" : `   stand for ${count(health.usersPresent * scale)}`;
  return row(
    "users",
    piece(pad(count(health.usersPresent), VALUE), "strong"),
    piece(`of ${count(health.usersPlanned)} planned${stand}`, "quiet"),
  );
}

function rateRow({ watching }: Frame): readonly Piece[] {
  const second = watching.at(watching.newest)?.shoppers;
  if (second === undefined) return row("rate", piece("–", "quiet"));
  return row(
    "rate",
    piece(pad(`${count(second.attempts)}/s`, VALUE), "strong"),
    piece(`${count(second.good)} good`, "quiet"),
    ...(second.bad === 0 ? [] : [piece(`   ${count(second.bad)} bad`, "broken")]),
  );
}

function limitOf(run: Frame["run"]): number | undefined {
  const limits = (run?.scenario.expect ?? []).flatMap((objective) =>
    objective.kind === "latency" && objective.subject === "all" ? [objective.belowMs] : [],
  );
  return limits.length === 0 ? undefined : Math.min(...limits);
}

function latencyRow({ watching, run, columns }: Frame, share: number): readonly Piece[] {
  const limit = limitOf(run);
  const label = `p${share * 100}`;
  const width = Math.max(5, Math.min(60, columns - LABEL - VALUE - TAIL));
  // From the first second on the line grows to the right; then its oldest second leaves on the left.
  const first = Math.max(0, watching.newest - width + 1);
  const values = Array.from({ length: Math.max(0, watching.newest - first + 1) }, (_, index) =>
    watching.at(first + index)?.shoppers.latency.quantile(share),
  );
  const now = values.at(-1);
  const over = now !== undefined && now > (limit ?? Number.POSITIVE_INFINITY);
  return row(
    label,
    piece(pad(latency(now), VALUE), over ? "broken" : "strong"),
    ...sparkline(values, limit ?? USUAL_LIMIT_MS),
    piece(" ".repeat(width - values.length)),
    piece(limit !== undefined && share === 0.99 ? `  limit ${latency(limit)}` : "", "quiet"),
  );
}

function errorsRow({ watching }: Frame): readonly Piece[] {
  const { shoppers } = watching;
  const causes = shoppers.bad === 0 ? "" : `   ${causeWords(shoppers.causes)}`;
  return row(
    "errors",
    piece(pad(errorShare(shoppers), VALUE), shoppers.bad === 0 ? "strong" : "broken"),
    piece(`${count(shoppers.bad)} of ${count(shoppers.attempts)}${causes}`, "quiet"),
  );
}

function buyersRow({ watching }: Frame): readonly Piece[] {
  const { buyers } = watching;
  return row(
    "orders",
    piece(pad(count(watching.ordersAccepted), VALUE), "strong"),
    piece(`buyers’ lane p99 ${latency(buyers.latency.quantile(0.99))}, errors ${errorShare(buyers)}`, "quiet"),
  );
}

function faultRows({ shop, run, now }: Frame): readonly (readonly Piece[])[] {
  const { faults } = shop;
  if (faults.length === 0) return [row("faults", piece("none in force", "quiet"))];
  return faults.map((fault, index) =>
    row(
      index === 0 ? "faults" : "",
      piece(fault.title, "fault"),
      piece(
        `   ${faultWords(fault, run?.scenario.timeline.find((entry) => entry.id === fault.id)?.forMs, now)}`,
        "quiet",
      ),
    ),
  );
}

function faultWords(fault: FaultInForce, forMs: number | undefined, now: number): string {
  if (fault.state !== "in-force") return fault.state;
  const lasts = forMs === undefined ? "" : ` of ${formatMoment(forMs)}`;
  const measured = fault.measured === undefined ? "" : `, measured ${fault.measured}`;
  return `${formatMoment(now - fault.since)}${lasts}${measured}`;
}
