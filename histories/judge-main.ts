import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { judge } from "#harness/checkers/index.ts";
import { readStored } from "#harness/report/index.ts";
import { invariantCheckers } from "#system/evidence/index.ts";
import { planSchema } from "./history-folder.ts";

/** Judges the history of a folder and prints the judgement, with what it took: seconds, and the most memory. */
const [folder = "."] = process.argv.slice(2);
const { scenario, topology } = planSchema.parse(JSON.parse(await readFile(join(folder, "plan.json"), "utf8")));
const began = performance.now();
const history = await readStored(join(folder, "history.jsonl.gz"));
const read = performance.now();
const judgement = judge({ scenario, topology, ...history }, invariantCheckers);
const took = { readSeconds: (read - began) / 1_000, judgeSeconds: (performance.now() - read) / 1_000 };
// Kilobytes, as the kernel counts the peak of the whole process.
const usage = process.resourceUsage();
const peakBytes = usage.maxRSS * 1_024;
// Of all its threads, from its start: what it costs does not depend on who else wants the machine.
const cpuSeconds = (usage.userCPUTime + usage.systemCPUTime) / 1e6;
process.stdout.write(
  `${JSON.stringify({ records: history.stored.dates.length, ...took, cpuSeconds, peakBytes, judgement })}\n`,
);
