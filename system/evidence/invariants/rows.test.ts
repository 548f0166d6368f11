import { expect, test } from "vitest";
import { memberText, RowIndex, rowStarts, TextRows } from "./rows.ts";

const ROWS = [
  { key: "a", text: 'quotes ", brackets ]}[{ and \\ \u00fc' },
  { key: "b", list: [[1, 2], []], nothing: {} },
  7,
  "text",
  null,
  { key: "a", text: "again" },
];

function rowsOf(text: string): TextRows<unknown> {
  const bytes = Buffer.from(text);
  return new TextRows(bytes, rowStarts(bytes) ?? new Uint32Array(), (row): unknown => JSON.parse(row));
}

test("rows that are parsed one at a time are those of the list, however it is laid out", () => {
  for (const text of [JSON.stringify(ROWS), JSON.stringify(ROWS, null, 2)]) {
    const rows = rowsOf(text);
    expect([...rows]).toEqual(ROWS);
    expect(rows.length).toBe(ROWS.length);
    expect(rows.at(5)).toEqual(ROWS[5]);
    expect(rows.at(6)).toBeUndefined();
  }
  expect([...rowsOf("[]")]).toEqual([]);
  expect(rowStarts(Buffer.from("{}"))).toBeUndefined();
});

test("a member of a record is found by its name alone, the last of those that have it", () => {
  const record = { seq: 1, name: 'final/2/"data":[', nested: { data: [1] }, data: ROWS, at: 5 };
  const textOf = (line: string): string | undefined => memberText(Buffer.from(line), "data")?.toString("utf8");
  expect(textOf(JSON.stringify(record))).toBe(JSON.stringify(ROWS));
  expect(JSON.parse(textOf(JSON.stringify(record, null, 1)) ?? "")).toEqual(ROWS);
  expect(textOf('{"data":[1],"d\\u0061ta":[2]}')).toBe("[2]");
  expect(textOf('{"seq":1}')).toBeUndefined();
  expect(textOf("{}")).toBeUndefined();
});

test("of rows with one key the later counts, in the place of the first, as in a map", () => {
  const rows = [
    { key: "a", n: 1 },
    { key: "b", n: 2 },
    { key: "a", n: 3 },
  ];
  const index = new RowIndex(rows, (row) => row.key);
  expect([...index.values()]).toEqual([...new Map(rows.map((row) => [row.key, row])).values()]);
  expect(index.get("a")?.n).toBe(3);
  expect(index.has("c")).toBe(false);
});
