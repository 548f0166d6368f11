/** Our parts have some three hundred; a label that takes any text would fill the history with a number for each. */
const MOST_SERIES = 5_000;

/**
 * Numbers of a Prometheus text whose series name starts with one of `keep`. Keys stay as the text has them, labels
 * included. A scan over lines without a grammar: a page of 300 series costs about 0.1 ms, a full parser ten times that.
 */
export function parsePrometheus(text: string, keep: readonly string[]): Readonly<Record<string, number>> {
  const values: Record<string, number> = {};
  let found = 0;
  let from = 0;
  while (from < text.length) {
    const newline = text.indexOf("\n", from);
    const end = newline === -1 ? text.length : newline;
    if (text.charCodeAt(from) !== 35 /* # */ && keep.some((prefix) => text.startsWith(prefix, from))) {
      // Labels may hold spaces, so the value is looked for behind them; a time stamp may follow it.
      const space = text.indexOf(" ", Math.max(from, text.lastIndexOf("}", end)));
      if (space !== -1 && space < end) {
        const value = Number.parseFloat(text.slice(space + 1, end));
        // NaN and infinities do not survive JSON and say nothing that a missing number does not.
        if (Number.isFinite(value)) {
          values[text.slice(from, space)] = value;
          found += 1;
          if (found > MOST_SERIES) throw new Error(`the answer has more than ${MOST_SERIES} series`);
        }
      }
    }
    from = end + 1;
  }
  return values;
}
