import type { HistoryRecord } from "#core/history.ts";
import type { RunRecord } from "#core/result.ts";

/** What a log line, an error of a program or an argument may carry, all at once. */
export const HOSTILE =
  "=cmd|' /C calc'!A0 </script><script>alert(1)</script><img src=x onerror=alert(2)> \"quoted\" 'single' \u001b[31mred\u001b[0m \u0007 \u202Eevil\u2066 \u2028 ]]> --> | `tick` @someone [link](javascript:alert(3))";

/** Words that code branches on; everything else in a record is text that somebody else may have written. */
const KEPT = new Set([
  "kind",
  "state",
  "schema",
  "verdict",
  "group",
  "lane",
  "page",
  "region",
  "outcome",
  "when",
  "role",
  "from",
  "to",
  "pace",
  "system",
  "subject",
  "window",
  "phase",
  "steadyPhase",
  "peakPhase",
  "better",
  "result",
  "startedAt",
  "seed",
]);

/** The same record with hostile text in every field that is free text; ids stay distinct. */
export function hostileRun({ result, records }: RunRecord): RunRecord {
  return {
    result: {
      ...(poison(result, "result") as RunRecord["result"]),
      scenario: {
        ...(poison(result.scenario, "scenario") as RunRecord["result"]["scenario"]),
        load: result.scenario.load,
        system: { name: result.scenario.system.name, without: [HOSTILE] },
        expect: result.scenario.expect,
      },
      topology: { ...result.topology, protections: [HOSTILE], plantedBug: { name: HOSTILE, does: HOSTILE } },
      facts: { [HOSTILE]: HOSTILE, nested: { deep: [HOSTILE] }, cannotShow: [HOSTILE] },
      cutShort: HOSTILE,
    },
    records: records.map((record) =>
      record.kind === "load.batch" ||
      record.kind === "load.health" ||
      (record.kind === "run" && record.state === "load-begun")
        ? record
        : (poison(record, "record") as HistoryRecord),
    ),
  };
}

let counter = 0;

function poison(value: unknown, key: string): unknown {
  if (typeof value === "string") {
    if (KEPT.has(key)) return value;
    counter += 1;
    return key === "id" || key === "key" ? `${value}${HOSTILE}` : HOSTILE;
  }
  if (Array.isArray(value)) return value.map((item) => poison(item, key));
  if (value === null || typeof value !== "object") return value;
  if (key === "values" || key === "facts") return { ...value, [`shop_reads_total{tier="${HOSTILE}"}`]: counter };
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, poison(inner, name)]));
}
