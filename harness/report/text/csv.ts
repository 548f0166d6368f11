import { cleanLine } from "#core/foreign-text.ts";

/**
 * One cell of RFC 4180. A spreadsheet takes text that starts with one of these for a formula; an apostrophe before it
 * makes it text again. Numbers are written as they are, negative ones too.
 */
function csvCell(value: string | number | undefined): string {
  if (value === undefined) return "";
  if (typeof value === "number") return String(value);
  const text = cleanLine(value);
  const inert = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",'\n]/.test(inert) ? `"${inert.replace(/"/g, '""')}"` : inert;
}

export function csvLine(cells: readonly (string | number | undefined)[]): string {
  return cells.map(csvCell).join(",");
}
