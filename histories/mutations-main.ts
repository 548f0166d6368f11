import { readArguments, told } from "#core/arguments.ts";
import { explained } from "#core/explain-failure.ts";
import { suggestion } from "#core/suggestion.ts";
import { EXIT_CODES } from "#core/verdict.ts";
import { readResult } from "#harness/report/index.ts";
import blackFriday from "#scenarios/black-friday.ts";
import { paced } from "#scenarios/shared/pace.ts";
import { topologyOf } from "#system/topology.ts";
import { cleanHistory } from "./generate/index.ts";
import { EQUIVALENT, MUTATIONS } from "./mutations/catalogue.ts";
import { attempt, type Control, controlOf } from "./mutations/judge-mutation.ts";
import { lineOf, rowOf, summaryOf } from "./mutations/table.ts";

/**
 * `npm run mutations`: spoils clean histories in every way of the catalogue and judges each. Exit code 1 when fewer than
 * 95 in a hundred are caught, or a kind of them had a place in none of the histories.
 */

const say = (text: string): void => void process.stdout.write(`${text}\n`);

const USAGE = "Write `npm run mutations -- [--times n] [--seed s] [--quick] [name ...] [result folder ...]`.";

const OPTIONS = { times: { type: "string" }, seed: { type: "string" }, quick: { type: "boolean" } } as const;

/** More show nothing new: each mutation is as often at another place. */
const MOST_TIMES = 1_000;

interface Wanted {
  readonly times: number;
  readonly seed: string;
  readonly isQuick: boolean;
  readonly names: readonly string[];
  readonly folders: readonly string[];
}

/** @throws Failure of kind `usage`. */
function wanted(argv: readonly string[]): Wanted {
  const { words, problems, flag, text, whole, refuse } = readArguments(argv, OPTIONS, process.env);
  const known = MUTATIONS.map(({ name }) => name);
  const isName = (word: string): boolean => known.some((name) => name === word);
  const folders = words.filter((word) => !isName(word));
  problems.push(
    ...folders
      .filter((word) => !word.includes("/"))
      .map((word) => `there is no mutation "${told(word)}", and a folder has a slash${suggestion(word, known)}`),
  );
  const asked = {
    times: whole("times", 1, MOST_TIMES) ?? 1,
    seed: text("seed") ?? "1",
    isQuick: flag("quick"),
    names: words.filter(isName),
    folders,
  };
  refuse(USAGE);
  return asked;
}

async function controlsOf({ folders, seed, isQuick }: Wanted): Promise<readonly Control[]> {
  const read = folders.map(async (folder): Promise<Control> => {
    const { result, records } = await readResult(folder);
    return controlOf(folder, { scenario: result.scenario, topology: result.topology, records });
  });
  if (read.length > 0) return await Promise.all(read);
  const scenario = isQuick ? paced(blackFriday, { pace: "quick" }) : blackFriday;
  const topology = topologyOf(scenario.system.name, []);
  const records = [...cleanHistory(seed, scenario, topology)];
  return [controlOf("generated", { scenario, topology, records })];
}

async function main(argv: readonly string[]): Promise<number> {
  const asked = wanted(argv);
  const controls = await controlsOf(asked);
  for (const { name, input, judgement } of controls) {
    say(`clean   ${name}: ${input.records.length} records; ${judgement.verdict}: ${judgement.sentence}`);
  }
  for (const [change, reason] of Object.entries(EQUIVALENT)) say(`left out: ${change} (${reason})`);
  const rows = MUTATIONS.filter(({ name }) => asked.names.length === 0 || asked.names.includes(name)).map(
    (mutation) => {
      const attempts = controls.flatMap((control) =>
        Array.from({ length: asked.times }, (_, time) =>
          attempt(mutation, control, `${asked.seed}/${control.name}/${time}`),
        ),
      );
      const row = rowOf(mutation, attempts);
      say(lineOf(row));
      return row;
    },
  );
  const { text, isEnough } = summaryOf(rows);
  say(text);
  return isEnough ? EXIT_CODES.held : EXIT_CODES.broken;
}

process.exitCode = await explained(
  () => main(process.argv.slice(2)),
  (text) => process.stderr.write(`${text}\n`),
);
