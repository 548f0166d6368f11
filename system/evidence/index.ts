import type { SystemEvidence } from "#core/evidence.ts";
import { open } from "#system/opening/index.ts";
import { finalReads } from "./final-reads.ts";
import { quiesce } from "./quiesce.ts";
import { samples } from "./samples.ts";

export { invariantCheckers } from "./invariants/index.ts";

/** The shop's knowledge of itself: its numbers, when it is idle, and what it holds in the end. */
export const evidence: SystemEvidence = { samples, open, quiesce, finalReads };
