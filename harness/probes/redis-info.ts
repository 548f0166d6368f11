/**
 * Fields of Redis' INFO by name. A composite line such as `db0:keys=3,expires=1` gives `db0/keys` and `db0/expires`;
 * what is no number is left out.
 */
export function parseRedisInfo(text: string, keep: readonly string[]): Readonly<Record<string, number>> {
  const values: Record<string, number> = {};
  for (const line of text.split("\r\n")) {
    const colon = line.indexOf(":");
    if (colon === -1) continue;
    const name = line.slice(0, colon);
    if (!keep.includes(name)) continue;
    const value = line.slice(colon + 1);
    if (value.includes("=")) {
      for (const part of value.split(",")) {
        const [key, number] = part.split("=");
        if (key !== undefined && number !== undefined && isNumber(number)) values[`${name}/${key}`] = Number(number);
      }
    } else if (isNumber(value)) values[name] = Number(value);
  }
  return values;
}

function isNumber(text: string): boolean {
  return text !== "" && Number.isFinite(Number(text));
}
