import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { pinnedPrograms } from "./catalogue.ts";
import { buildKey } from "./from-go.ts";

const module = readFileSync(join(import.meta.dirname, "go", "go.mod"), "utf8");

test("the versions in go.mod are those of the catalogue", () => {
  for (const { goPackage, version } of pinnedPrograms) {
    const path = goPackage.replace(/\/cmd\/.*$/, "");
    expect(module).toContain(`\t${path} v${version} `);
    expect(module).toContain(`\t${goPackage}\n`);
  }
});

test("a program that only knows its version when told is told the right one", () => {
  const toxiproxy = pinnedPrograms.find((each) => each.program === "toxiproxy-server");
  expect(toxiproxy?.linkerFlags).toContain(`Version=${toxiproxy?.version}`);
});

test("a build is named by its sources and its flags", () => {
  const keys = pinnedPrograms.flatMap((each) => [buildKey(each), buildKey({ ...each, linkerFlags: "" })]);
  expect(new Set(keys).size).toBe(2 * pinnedPrograms.length);
  expect(keys.every((key) => /^[0-9a-f]{12}$/.test(key))).toBe(true);
});
