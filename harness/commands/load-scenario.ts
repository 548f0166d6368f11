import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { basename, isAbsolute, join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { z } from "zod";
import { Failure, messageOf } from "#core/errors.ts";
import type { Scenario } from "#core/scenario.ts";
import { scenarioSchema } from "#core/scenario-schema.ts";
import { suggestion } from "#core/suggestion.ts";
import type { Adapters } from "./adapters.ts";
import type { CommandLine } from "./options.ts";

export interface NamedScenario {
  readonly name: string;
  /** Of its file, seen from the project's folder, where it is not one that comes with the project. */
  readonly path?: string;
  readonly scenario: Scenario;
  /** As its file says, before options changed it. */
  readonly declared: Scenario;
}

/** Names of the scenarios that come with the project. */
export async function scenarioNames(root: string): Promise<readonly string[]> {
  const entries = await readdir(join(root, "scenarios"), { withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts") && !entry.name.endsWith(".test.ts"))
    .map((entry) => entry.name.slice(0, -".ts".length))
    .sort();
}

/**
 * Loads a scenario by name or by the path of a file, and checks it as a whole.
 * @throws Failure of kind `usage` with every problem and its path.
 */
export async function loadScenario(
  nameOrPath: string,
  adapters: Pick<Adapters, "root" | "vocabulary">,
): Promise<NamedScenario> {
  const names = await scenarioNames(adapters.root);
  const isPath = nameOrPath.includes("/") || nameOrPath.endsWith(".ts");
  if (!isPath && !names.includes(nameOrPath)) {
    const problem = `there is no scenario "${nameOrPath}"${suggestion(nameOrPath, names)}`;
    throw new Failure(
      "usage",
      [problem],
      `\`npm run scenario\` lists them; a path of a file works too. Known: ${names.join(", ")}.`,
    );
  }
  const path = isPath
    ? isAbsolute(nameOrPath)
      ? nameOrPath
      : resolve(nameOrPath)
    : join(adapters.root, "scenarios", `${nameOrPath}.ts`);
  if (!existsSync(path))
    throw new Failure("usage", [`there is no file ${nameOrPath}`], "Give the path of a scenario file.");
  let value: unknown;
  try {
    const module: unknown = await import(pathToFileURL(path).href);
    value = typeof module === "object" && module !== null && "default" in module ? module.default : undefined;
  } catch (thrown) {
    throw new Failure("usage", [`${nameOrPath} cannot be read: ${messageOf(thrown)}`], "Mend the file.", {
      cause: thrown,
    });
  }
  if (value === undefined)
    throw new Failure("usage", [`${nameOrPath} has no default export`], "Write `export default scenario({ ... })`.");
  const scenario = parseScenario(value, nameOrPath, adapters);
  return {
    name: basename(path).replace(/\.ts$/, ""),
    ...(isPath ? { path: relative(adapters.root, path) } : {}),
    scenario,
    declared: scenario,
  };
}

/** Checks a scenario that came from a file or from overriding options. */
function parseScenario(value: unknown, place: string, adapters: Pick<Adapters, "vocabulary">): Scenario {
  const parsed = scenarioSchema(adapters.vocabulary).safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${place}: ${issuePath(issue)}: ${issue.message}`);
  throw new Failure("usage", problems, "Mend the scenario; nothing was started.");
}

function issuePath(issue: z.core.$ZodIssue): string {
  return issue.path.length === 0 ? "(whole)" : issue.path.map(String).join(".");
}

/** A scenario with the options of the command line applied, checked again. */
export function withOptions(named: NamedScenario, line: CommandLine, adapters: Adapters): NamedScenario {
  const unknown = line.without.filter((name) => !adapters.vocabulary.protections.includes(name));
  if (unknown.length > 0) {
    throw new Failure(
      "usage",
      unknown.map(
        (name) => `--without ${name}: no such protection${suggestion(name, adapters.vocabulary.protections)}`,
      ),
      `The protections are ${adapters.vocabulary.protections.join(", ")}.`,
    );
  }
  const shaped = adapters.shaped(named.scenario, {
    ...(line.pace === undefined ? {} : { pace: line.pace }),
    ...(line.scale === undefined ? {} : { scale: line.scale }),
  });
  const changed: Scenario = {
    ...shaped,
    system: {
      name: line.system ?? shaped.system.name,
      without: [...new Set([...shaped.system.without, ...line.without])],
    },
  };
  return { ...named, scenario: parseScenario(changed, named.name, adapters) };
}
