import type { Trap } from "./trap.ts";

/** What the terminal says once every page has answered; users are brought up then, the load begins a few seconds later. */
const SHOP_IS_OPEN = "every page answered";
/** The second of the three faults: the load is half over. */
const HALF_WAY = "latency app > cache (eu) +2s                in force";
/** The line of figures that comes every half minute, however the shop fares: half of a quick load. */
const THIRTY_SECONDS = "00:30   ";

/** Only k6 is started with this option. */
const K6 = "--no-usage-report";

/** What a testbed can be fooled by. A trap is caught when the run ends unknown for the reason given here. */
export const TRAPS: readonly Trap[] = [
  {
    name: "toxiproxy-forwards",
    does: "Toxiproxy accepts and lists every toxic, and forwards as before",
    naive: "the shop survived a hanging cache and a silent database",
    sabotage: { kind: "stand-in", program: "toxiproxy-server", file: "toxiproxy-forwards.sh" },
    expects: { objective: "fault-cache-hangs", says: "answered in .*; not observed in the data path" },
  },
  {
    name: "toxiproxy-wrong-link",
    does: "Toxiproxy puts every toxic on the same link of the other region, and lists it where it was asked for",
    naive: "the fault was set, the shop reacted, and it survived",
    sabotage: { kind: "stand-in", program: "toxiproxy-server", file: "toxiproxy-wrong-link.sh" },
    expects: { objective: "fault-cache-hangs", says: "answered in .*; not observed in the data path" },
  },
  {
    name: "fault-healed-early",
    does: "somebody removes the toxics as soon as the fault is in force",
    naive: "the shop survived six seconds of a hanging cache",
    sabotage: { kind: "at-line", line: HALF_WAY, act: { kind: "heal-faults" } },
    expects: { objective: "fault-cache-hangs", says: "gone before its window ended" },
  },
  {
    name: "k6-sends-nothing",
    does: "k6 starts, brings up every user, sends nothing, and ends with code 0",
    naive: "no request failed",
    sabotage: { kind: "stand-in", program: "k6", file: "k6-sends-nothing.sh" },
    expects: { objective: "trust-generator-complete", says: "^0 of .* unsent" },
  },
  {
    name: "k6-stopped-half-way",
    does: "k6 is told to end (SIGTERM) at half of the load",
    naive: "p99 and availability of all that was sent are inside the limits",
    sabotage: { kind: "at-line", line: HALF_WAY, act: { kind: "signal", child: K6, signal: "SIGTERM" } },
    expects: { objective: "trust-generator-complete", says: ", [1-9]\\d* unsent" },
  },
  {
    name: "k6-frozen-half-way",
    does: "k6 stands still (SIGSTOP) from half of the load on",
    naive: "p99 and availability of all that was told are inside the limits",
    sabotage: { kind: "at-line", line: HALF_WAY, act: { kind: "signal", child: K6, signal: "SIGSTOP" } },
    expects: { objective: "trust-generator-complete", says: ", [1-9]\\d* unsent.*did not end by itself" },
  },
  {
    name: "k6-starved",
    does: "k6 gets the processor for a fifth of the time only",
    naive: "the shop is slow: broken",
    sabotage: { kind: "stand-in", program: "k6", file: "k6-starved.sh" },
    // A control on a busy machine is late by tens of milliseconds; a stop of 200 ms shows as hundreds.
    expects: { objective: "trust-generator-lateness", says: "^(\\d{3,}ms|[\\d.]+s);" },
  },
  {
    name: "no-orders",
    does: "k6 leaves every checkout out",
    naive: "no order was lost",
    sabotage: { kind: "stand-in", program: "k6", file: "k6-no-orders.sh" },
    expects: { objective: "trust-generator-complete", says: ", [1-9]\\d* unsent" },
  },
  {
    name: "shop-unreachable",
    does: "k6 is led to a port where nobody listens",
    naive: "p99 is under a millisecond; or: the shop is down",
    sabotage: { kind: "stand-in", program: "k6", file: "k6-astray.sh" },
    expects: { objective: "trust-generator-reached", says: "^0 of " },
  },
  {
    name: "edge-frozen",
    does: "the edge stands still (SIGSTOP) from before the first request on",
    naive: "no request failed (none ended); or: the shop is down",
    sabotage: {
      kind: "at-line",
      line: SHOP_IS_OPEN,
      act: { kind: "signal", child: "/edge/haproxy.cfg", signal: "SIGSTOP" },
    },
    expects: { objective: "trust-generator-reached", says: "^0 of " },
  },
  {
    name: "edge-log-cut",
    does: "the edge's log ends 30 s into the load",
    naive: "every line of the log is of a request that was answered in time",
    sabotage: { kind: "at-line", line: THIRTY_SECONDS, act: { kind: "edge-log", change: "cut-off" } },
    expects: {
      objective: "trust-witnesses",
      says: "^[1-9][\\d,]* differences; [1-9][\\d,]* answers of which the edge's log has no line",
    },
  },
  {
    name: "edge-log-misses-lines",
    does: "the edge's log has lost single lines: one in 250 of the first 30 s",
    naive: "the totals of both logs agree to half a percent",
    sabotage: { kind: "at-line", line: THIRTY_SECONDS, act: { kind: "edge-log", change: "lines-missing" } },
    expects: {
      objective: "trust-witnesses",
      says: "^[1-9][\\d,]* differences; [1-9][\\d,]* answers of which the edge's log has no line",
    },
  },
  {
    name: "history-cut-short",
    does: "the last third of the history is lost",
    naive: "everything in the history is inside the limits",
    sabotage: { kind: "history", change: "cut-short" },
    expects: { objective: "trust-generator-complete", says: "^no last word" },
  },
  {
    name: "record-missing",
    does: "one record in the middle of the history is lost",
    naive: "one record more or less changes no figure",
    sabotage: { kind: "history", change: "record-missing" },
    expects: { objective: "trust-history", says: "is missing or out of place" },
  },
  {
    name: "clock-set",
    does: "the harness's date is put forward by five minutes in the middle of the load",
    naive: "the dates of the report are those of the run",
    sabotage: { kind: "preload", file: "clock-stepped.ts" },
    expects: { objective: "trust-machine-clock", says: "300\\.0s away" },
  },
  {
    name: "clock-forward",
    does: "the generator's clock is put forward by five minutes at half of the load",
    naive: "the figures are those of the times written beside them",
    sabotage: { kind: "history", change: "clock-forward" },
    expects: { objective: "trust-clocks", says: "^[1-9]" },
  },
  {
    name: "clock-back",
    does: "the generator's clock is put back by five minutes at half of the load",
    naive: "the figures are those of the times written beside them",
    sabotage: { kind: "history", change: "clock-back" },
    expects: { objective: "trust-clocks", says: "^[1-9]" },
  },
  {
    name: "final-reads-missing",
    does: "the shop's books are never read after the load",
    naive: "no order was lost",
    sabotage: { kind: "history", change: "final-reads-missing" },
    expects: { objective: "no-order-lost", says: "." },
  },
  {
    name: "orders-missing",
    does: "the history has no order, neither meant nor stored",
    naive: "no order was lost",
    sabotage: { kind: "history", change: "orders-missing" },
    expects: { objective: "no-order-lost", says: "." },
  },
  {
    name: "page-unvisited",
    does: "an objective is on a page that nobody visited",
    naive: "no visit of the page was slow",
    sabotage: { kind: "history", change: "page-unvisited" },
    expects: { objective: "latency-search-p99-whole", says: "." },
  },
  {
    name: "checker-throws",
    does: "a checker throws",
    naive: "no finding, no fault",
    sabotage: { kind: "history", change: "checker-throws" },
    expects: { objective: "checker-of-the-trap", says: "the checker failed" },
  },
];

/** The same run without a sabotage: what a trap predicts must not be found here, or finding it proves nothing. */
export const CONTROL = {
  name: "control",
  does: "nothing is sabotaged",
  sabotage: { kind: "none" },
} as const;
