/** Longer than every name of ours; the distance costs the product of both lengths. */
const LONGEST = 64;

/** `, did you mean "x"?` for the nearest of the choices, where one is near. */
export function suggestion(given: string, choices: readonly string[]): string {
  // Nobody mistypes a name of a few letters as a page.
  if (given.length > LONGEST) return "";
  const near = choices
    .map((choice) => ({ choice, distance: editDistance(given.toLowerCase(), choice.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)[0];
  return near !== undefined && near.distance <= Math.max(2, Math.floor(near.choice.length / 3))
    ? `, did you mean "${near.choice}"?`
    : "";
}

/** Levenshtein distance, for texts of a few dozen characters. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const current = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min((previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1, replaced));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
