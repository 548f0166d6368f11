import { bucketUpperMs, Histogram } from "#core/histogram.ts";
import type { HistoryRecord, LoadAttempt, Outcome, Page } from "#core/history.ts";
import type { Region } from "#core/topology.ts";
import { isGood } from "../series/load-seconds.ts";
import type { RunSeries } from "../series.ts";
import { type FaultStory, insideFaults } from "./faults.ts";

/** What one page, or all of them, gave its users. */
export interface PageFigures {
  readonly page: Page | "all" | "buyers";
  readonly region: Region | "all";
  good: number;
  bad: number;
  readonly causes: Map<Outcome, number>;
  readonly latency: Histogram;
}

const PAGES: readonly Page[] = ["home", "search", "category", "product", "cart", "add", "checkout", "order"];

/** Figures per page and region of the shoppers, then all pages, then the buyers' lane apart. */
export function pageFigures(records: readonly HistoryRecord[]): readonly PageFigures[] {
  const table = new Map<string, PageFigures>();
  const open = (page: PageFigures["page"], region: PageFigures["region"]): PageFigures => {
    const known = table.get(`${page} ${region}`);
    if (known !== undefined) return known;
    const fresh: PageFigures = { page, region, good: 0, bad: 0, causes: new Map(), latency: new Histogram() };
    table.set(`${page} ${region}`, fresh);
    return fresh;
  };
  for (const record of records) {
    if (record.kind !== "load.batch" || (record.lane !== "shoppers" && record.lane !== "buyers")) continue;
    const rows =
      record.lane === "buyers"
        ? [open("buyers", record.region), open("buyers", "all")]
        : [open(record.page, record.region), open("all", record.region), open("all", "all")];
    for (const row of rows) {
      row.latency.merge(record.latency);
      for (const [outcome, count] of Object.entries(record.outcomes) as [Outcome, number][]) {
        if (isGood(outcome)) row.good += count;
        else {
          row.bad += count;
          row.causes.set(outcome, (row.causes.get(outcome) ?? 0) + count);
        }
      }
    }
  }
  // Pages in the order of a visit; a page's regions by name, and the sum of both ("all") after them.
  const order = [...PAGES, "all", "buyers"];
  const place = (row: PageFigures): string => (row.region === "all" ? "~" : row.region);
  return [...table.values()].sort(
    (a, b) => order.indexOf(a.page) - order.indexOf(b.page) || (place(a) < place(b) ? -1 : 1),
  );
}

/** Latency of one page outside and inside the fault windows. */
export interface Distribution {
  readonly page: Page | "all";
  readonly outside: Histogram;
  readonly inside: Histogram;
}

export function distributions(
  records: readonly HistoryRecord[],
  faults: readonly FaultStory[],
): readonly Distribution[] {
  const inFault = insideFaults(faults);
  const found = new Map<Page | "all", Distribution>();
  for (const page of ["all", ...PAGES] as const) {
    found.set(page, { page, outside: new Histogram(), inside: new Histogram() });
  }
  for (const record of records) {
    if (record.kind !== "load.batch" || record.lane !== "shoppers") continue;
    const side = inFault(record.second) ? "inside" : "outside";
    found.get(record.page)?.[side].merge(record.latency);
    found.get("all")?.[side].merge(record.latency);
  }
  return [...found.values()].filter(({ outside, inside }) => outside.total + inside.total > 0);
}

/** Attempts by time and latency. Rows grow by a factor: 4 to a tenfold, from 1 ms to 10 s and beyond. */
export interface HeatMap {
  readonly columnSeconds: number;
  readonly columns: number;
  readonly rowsMs: readonly number[];
  /** `cells[row][column]` */
  readonly cells: readonly (readonly number[])[];
  readonly largest: number;
}

const ROWS_MS: readonly number[] = Array.from({ length: 18 }, (_, row) => 10 ** (row / 4));
/** As many columns as a reader can tell apart on 900 pixels. */
const MOST_COLUMNS = 150;

export function heatMap({ seconds, lanes }: RunSeries): HeatMap {
  const columnSeconds = Math.max(1, Math.ceil(seconds / MOST_COLUMNS));
  const columns = Math.ceil(seconds / columnSeconds);
  const cells = ROWS_MS.map(() => new Array<number>(columns).fill(0));
  let largest = 0;
  for (let second = 0; second < seconds; second += 1) {
    for (const [bucket, count] of lanes.shoppers.at(second)?.latency.sorted() ?? []) {
      const upper = bucketUpperMs(bucket);
      const above = ROWS_MS.findIndex((edge) => upper <= edge);
      const row = cells[above === -1 ? ROWS_MS.length - 1 : above];
      const column = Math.floor(second / columnSeconds);
      if (row === undefined) continue;
      row[column] = (row[column] ?? 0) + count;
      largest = Math.max(largest, row[column] ?? 0);
    }
  }
  return { columnSeconds, columns, rowsMs: ROWS_MS, cells, largest };
}

/** The attempts that took longest. */
export function slowest(records: readonly HistoryRecord[], limit: number): readonly (HistoryRecord & LoadAttempt)[] {
  const attempts = records.flatMap((record) => (record.kind === "load.attempt" ? [record] : []));
  return attempts.sort((a, b) => b.durationMs - a.durationMs || a.seq - b.seq).slice(0, limit);
}
