import { cleanLine } from "#core/foreign-text.ts";

/** Foreign text inside a line or a table cell of GitHub's Markdown: no markup, no formula, no link, no mention, no line break. */
export function escapeMarkdown(text: string): string {
  return cleanLine(text)
    .replace(/[\\`*_{}[\]<>#|~!$]/g, "\\$&")
    .replace(/@/g, "@\u2060")
    .replace(/:\/\//g, ":\u2060//")
    .replace(/\bwww\./gi, "$&\u2060");
}

/** A cell of a table that is read on a terminal too: only what could end the cell or begin a tag is escaped. */
export function escapeTableCell(text: string): string {
  return cleanLine(text)
    .replace(/[|\\`[\]]/g, "\\$&")
    .replace(/<(?=[a-z/!?])/gi, "\\<");
}

/** Text inside back-ticks; a back-tick in it becomes an apostrophe, because a code span knows no escape. */
export function codeSpan(text: string): string {
  return `\`${cleanLine(text).replace(/`/g, "'").replace(/\|/g, "\\|")}\``;
}

/** A table of cells that are already Markdown. Columns that `right` names are aligned right. */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[] = [],
): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, i) => (right.includes(i) ? "---:" : "---"))), ...rows.map(line)].join("\n");
}
