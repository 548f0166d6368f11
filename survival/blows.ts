import type { Blow, Moment, Phase } from "./blow.ts";

const at = (phase: Phase, afterMs = 0): Moment => ({ kind: "phase", phase, afterMs });
const RANDOM: Moment = { kind: "random" };

/** 128 and the number of the signal, as a shell says it. */
const HUNG_UP = 129;
const INTERRUPTED = 130;
const KILLED = 137;
const TERMINATED = 143;

/** A run that nobody cut short: held, broken and unknown are all right. */
const ENDED = [0, 1, 2];

const sigterm = { kind: "signal", to: "npm", signal: "SIGTERM" } as const;
const hangup = { kind: "signal", to: "npm", signal: "SIGHUP" } as const;
const npmKilled = { kind: "signal", to: "npm", signal: "SIGKILL" } as const;
const ctrlC = (times = 1) => ({ kind: "ctrl-c", times }) as const;
const harnessKilled = { kind: "signal", to: "harness", signal: "SIGKILL" } as const;
const bothKilled = { kind: "kill-harness-and-guardian" } as const;

/** A second into a phase its work is under way. */
const SOON = 1_000;

/** The blows, in the order in which they are dealt. */
export const BLOWS: readonly Blow[] = [
  // 700 ms behind the journal a third of the parts run, and none is ready.
  {
    name: "sigterm-start",
    moment: { kind: "born", afterMs: 700 },
    strike: sigterm,
    ending: "in-order",
    exits: [TERMINATED],
  },
  { name: "sigterm-fault", moment: at("fault", SOON), strike: sigterm, ending: "in-order", exits: [TERMINATED] },
  { name: "sigterm-truth", moment: at("truth", SOON), strike: sigterm, ending: "in-order", exits: [TERMINATED] },
  { name: "sigterm-random", moment: RANDOM, strike: sigterm, ending: "in-order", exits: [TERMINATED] },
  { name: "sighup-steady", moment: at("steady", SOON), strike: hangup, ending: "in-order", exits: [HUNG_UP] },
  {
    name: "parent-gone-start",
    moment: { kind: "born", afterMs: 700 },
    strike: npmKilled,
    ending: "in-order",
    exits: [KILLED],
  },
  { name: "parent-gone-fault", moment: at("fault", SOON), strike: npmKilled, ending: "in-order", exits: [KILLED] },
  { name: "terminal-closed-fault", moment: at("fault", SOON), strike: { kind: "close-terminal" }, ending: "in-order" },
  {
    name: "output-closed-steady",
    moment: at("steady", SOON),
    strike: { kind: "close-output" },
    ending: "goes-on",
    exits: ENDED,
  },
  {
    name: "ctrl-c-start",
    moment: { kind: "born", afterMs: 700 },
    strike: ctrlC(),
    ending: "in-order",
    exits: [INTERRUPTED],
  },
  { name: "ctrl-c-fault", moment: at("fault", SOON), strike: ctrlC(), ending: "in-order", exits: [INTERRUPTED] },
  { name: "ctrl-c-twice-heal", moment: at("heal"), strike: ctrlC(2), ending: "in-order", exits: [INTERRUPTED] },
  {
    name: "ctrl-c-ten-times-fault",
    moment: at("fault", SOON),
    strike: ctrlC(10),
    ending: "in-order",
    exits: [INTERRUPTED],
  },
  { name: "ctrl-c-random", moment: RANDOM, strike: ctrlC(), ending: "in-order", exits: [INTERRUPTED] },
  {
    name: "harness-killed-start",
    moment: { kind: "born", afterMs: 700 },
    strike: harnessKilled,
    ending: "killed",
    exits: [KILLED],
  },
  {
    name: "harness-killed-steady",
    moment: at("steady", SOON),
    strike: harnessKilled,
    ending: "killed",
    exits: [KILLED],
  },
  { name: "harness-killed-fault", moment: at("fault", SOON), strike: harnessKilled, ending: "killed", exits: [KILLED] },
  { name: "harness-killed-heal", moment: at("heal"), strike: harnessKilled, ending: "killed", exits: [KILLED] },
  { name: "harness-killed-drain", moment: at("drain"), strike: harnessKilled, ending: "killed", exits: [KILLED] },
  { name: "harness-killed-report", moment: at("report"), strike: harnessKilled, ending: "killed", exits: [KILLED] },
  { name: "harness-killed-random", moment: RANDOM, strike: harnessKilled, ending: "killed", exits: [KILLED] },
  {
    name: "both-killed-start",
    moment: { kind: "born", afterMs: 700 },
    strike: bothKilled,
    ending: "recovered",
    exits: [KILLED],
  },
  { name: "both-killed-fault", moment: at("fault", SOON), strike: bothKilled, ending: "recovered", exits: [KILLED] },
  { name: "both-killed-random", moment: RANDOM, strike: bothKilled, ending: "recovered", exits: [KILLED] },
  // Ready after some 5 s.
  {
    name: "shop-ctrl-c",
    command: "shop",
    moment: { kind: "born", afterMs: 7_000 },
    strike: ctrlC(),
    ending: "in-order",
    exits: [0],
  },
  {
    name: "shop-killed",
    command: "shop",
    moment: { kind: "born", afterMs: 7_000 },
    strike: harnessKilled,
    ending: "killed",
    exits: [KILLED],
  },
  // Whichever of its variants: see `beside.ts`.
  { name: "side-by-side", moment: RANDOM, strike: { kind: "beside" }, ending: "goes-on", exits: ENDED },
  {
    name: "guardian-killed-steady",
    moment: at("steady", SOON),
    strike: { kind: "signal", to: "guardian", signal: "SIGKILL" },
    ending: "in-order",
    // The environment took away what a run must not be without.
    exits: [69],
  },
];

/** What a release is measured by: every blow that a machine or a person deals by itself, at random moments. */
export const SERIES: readonly { readonly name: string; readonly times: number }[] = [
  { name: "harness-killed-random", times: 40 },
  { name: "both-killed-random", times: 10 },
  { name: "ctrl-c-random", times: 10 },
  { name: "sigterm-random", times: 10 },
  { name: "side-by-side", times: 10 },
];
