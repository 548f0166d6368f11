/**
 * Terminal sequences: CSI, OSC (ended by BEL or ST), and the two-character escapes. Linear: no nested repetition.
 */
const ESCAPES =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is removed
  /\u001b\[[0-?]{0,64}[ -/]{0,8}[@-~]|\u001b\][^\u0007\u001b]{0,4096}(?:\u0007|\u001b\\)|\u001b[ -~]?/g;

/** Controls but tab and line feed, and the characters that turn the direction of writing or hide inside text. */
const HIDDEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is replaced
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u2069\ufeff]/g;

/**
 * Text that came from outside (a log line, an error of a program, an argument), safe to show anywhere: terminal
 * sequences are removed, other invisible characters become U+FFFD so that their presence can be seen.
 */
export function cleanText(text: string): string {
  return text.toWellFormed().replace(/\r\n/g, "\n").replace(ESCAPES, "").replace(HIDDEN, "\ufffd");
}

/** The same on one line, cut to a length with a sign that it was cut. */
export function cleanLine(text: string, limit = 2_000): string {
  const line = cleanText(text).replace(/[\t\n]+/g, " ");
  return line.length <= limit ? line : `${line.slice(0, limit - 1)}…`;
}

/** A value as one line of JSON that is safe to print: what would be invisible is written as an escape, so the data stay. */
export function cleanJson(value: unknown): string {
  return JSON.stringify(value).replace(HIDDEN, (hidden) => `\\u${hidden.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
