/** What harness and guardian say to each other, and how long silence may last. */

/** The harness shows its life this often. */
export const BEAT_MS = 1_000;

/** A harness that is silent for five beats hangs or is stopped: its faults must not outlast it. */
export const LEASE_MS = 5_000;

/** How often the guardian looks: a tenth of the lease. */
export const CHECK_MS = 500;

/** From the harness: I am alive. */
export const BEAT = ".";

/** From the harness: all is undone, go. */
export const GO = "!";

/** From the guardian: I watch. */
export const READY = "ready\n";

/** From the guardian, with the fault's description behind it: it outlived its deadline, and I have undone it. */
export const OVERDUE = "overdue ";

/** From the guardian: you were silent for too long, and your run has been undone. */
export const UNDONE = "undone\n";
