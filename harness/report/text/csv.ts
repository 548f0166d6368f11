import { cleanLine } from "#core/foreign-text.ts";

/** What a spreadsheet takes for the beginning of a formula; some do so for the wide forms and behind blanks as well. */
const FORMULA = /^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]/;

/**
 * One cell of RFC 4180. An apostrophe before what would be a formula makes it text again. Numbers are written as they
 * are, negative ones too. Where people write decimal commas, programs separate cells by semicolons: those are quoted too.
 */
function csvCell(value: string | number | undefined): string {
  if (value === undefined) return "";
  if (typeof value === "number") return String(value);
  const text = cleanLine(value);
  const inert = FORMULA.test(text) ? `'${text}` : text;
  return /[",;'\n]/.test(inert) ? `"${inert.replace(/"/g, '""')}"` : inert;
}

export function csvLine(cells: readonly (string | number | undefined)[]): string {
  return cells.map(csvCell).join(",");
}
