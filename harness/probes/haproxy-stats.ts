/** Columns of `show stat` that tell the story of a balancer; the other ninety only cost. */
const FIELDS = ["qcur", "scur", "weight", "hrsp_5xx", "econ", "wretr", "rtime"] as const;

/**
 * HAProxy's statistics as CSV: keys are `<proxy>/<server>/<field>`. `status` is 1 up, 0 down or in maintenance, 0.5
 * when it finishes what it has and takes nothing new (NOLB, DRAIN).
 */
export function parseHaproxyStats(csv: string): Readonly<Record<string, number>> {
  const lines = csv.split("\n");
  const columns = splitLine((lines[0] ?? "").replace(/^# /, ""));
  const proxyAt = columns.indexOf("pxname");
  const serverAt = columns.indexOf("svname");
  const statusAt = columns.indexOf("status");
  if (proxyAt === -1 || serverAt === -1)
    throw new Error("the answer is no HAProxy statistics: it has no pxname column");
  const wanted = FIELDS.map((name) => ({ name, at: columns.indexOf(name) })).filter((field) => field.at !== -1);
  const values: Record<string, number> = {};
  for (const line of lines.slice(1)) {
    if (line.trim() === "") continue;
    const cells = splitLine(line);
    const prefix = `${cells[proxyAt]}/${cells[serverAt]}/`;
    const status = statusValue(cells[statusAt] ?? "");
    if (status !== undefined) values[`${prefix}status`] = status;
    for (const field of wanted) {
      const cell = cells[field.at];
      if (cell !== undefined && cell !== "") values[prefix + field.name] = Number(cell);
    }
  }
  return values;
}

function statusValue(status: string): number | undefined {
  if (status.startsWith("UP") || status.startsWith("OPEN") || status.startsWith("no check")) return 1;
  if (status.startsWith("NOLB") || status.startsWith("DRAIN")) return 0.5;
  return status === "" ? undefined : 0;
}

/** Cells of a line; texts of checks are quoted and may hold commas. */
function splitLine(line: string): readonly string[] {
  if (!line.includes('"')) return line.split(",");
  const cells: string[] = [];
  let cell = "";
  let quoted = false;
  for (const character of line) {
    if (character === '"') quoted = !quoted;
    else if (character === "," && !quoted) {
      cells.push(cell);
      cell = "";
    } else cell += character;
  }
  cells.push(cell);
  return cells;
}
