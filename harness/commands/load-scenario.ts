import { readdir } from "node:fs/promises";
import { basename, extname, isAbsolute, join, relative, resolve } from "node:path";
import { told } from "#core/arguments.ts";
import { Failure } from "#core/errors.ts";
import { cleanLine } from "#core/foreign-text.ts";
import type { Scenario } from "#core/scenario.ts";
import { scenarioProblems, scenarioSchema } from "#core/scenario-schema.ts";
import { suggestion } from "#core/suggestion.ts";
import type { Adapters } from "./adapters.ts";
import type { CommandLine } from "./options.ts";
import { isFileName, readModule } from "./read-module.ts";

/** A folder below `results` gets this name. */
const NAME = /^[A-Za-z0-9][\w.-]{0,63}$/;

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
  const isPath = isFileName(nameOrPath);
  if (!isPath && !names.includes(nameOrPath)) {
    const problem = `there is no scenario "${told(nameOrPath)}"${suggestion(nameOrPath, names)}`;
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
  const name = basename(path, extname(path));
  if (!NAME.test(name)) {
    throw new Failure(
      "usage",
      [
        `${told(nameOrPath)}: the file's name is the name of the scenario and of its folder of results, and this is none`,
      ],
      "Call it by up to 64 letters, digits, dashes, dots and underscores, beginning with a letter or a digit.",
    );
  }
  const read = await readModule(path, join(adapters.root, "scenarios", "shared"));
  if (read.kind === "problems") {
    const place = cleanLine(nameOrPath, 300);
    const problems = read.problems.map((problem) => `${place}: ${problem}`);
    throw new Failure("usage", problems, "Mend the file; nothing was started.");
  }
  const scenario = parseScenario(read.value, cleanLine(nameOrPath, 300), adapters);
  return { name, ...(isPath ? { path: relative(adapters.root, path) } : {}), scenario, declared: scenario };
}

/** Checks a scenario that came from a file or from overriding options. */
function parseScenario(value: unknown, place: string, adapters: Pick<Adapters, "vocabulary">): Scenario {
  const parsed = scenarioSchema(adapters.vocabulary).safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = scenarioProblems(parsed.error, value, adapters.vocabulary).map((problem) => `${place}: ${problem}`);
  throw new Failure("usage", problems, "Mend the scenario; nothing was started.");
}

/** A scenario with the options of the command line applied, checked again. */
export function withOptions(named: NamedScenario, line: CommandLine, adapters: Adapters): NamedScenario {
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
