import { parseArgs } from "node:util";
import { Failure, messageOf } from "#core/errors.ts";
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

interface Wanted {
  readonly times: number;
  readonly seed: string;
  readonly isQuick: boolean;
  readonly names: readonly string[];
  readonly folders: readonly string[];
}

/** @throws Failure of kind `usage`. */
function wanted(argv: readonly string[]): Wanted {
  const { values, positionals } = parseArgs({
    args: [...argv],
    options: { times: { type: "string" }, seed: { type: "string" }, quick: { type: "boolean" } },
    allowPositionals: true,
  });
  const times = Number(values.times ?? "1");
  if (!Number.isInteger(times) || times < 1 || times > 1_000) {
    throw new Failure("usage", [`--times takes a whole number from 1 to 1000, not "${values.times}"`], USAGE);
  }
  const isName = (word: string): boolean => MUTATIONS.some(({ name }) => name === word);
  const folders = positionals.filter((word) => !isName(word));
  const strange = folders.filter((word) => !word.includes("/"));
  if (strange.length > 0) {
    throw new Failure(
      "usage",
      strange.map((word) => `there is no mutation "${word}", and a folder has a slash`),
      USAGE,
    );
  }
  return {
    times,
    seed: values.seed ?? "1",
    isQuick: values.quick === true,
    names: positionals.filter(isName),
    folders,
  };
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

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (thrown) {
  process.stderr.write(`${messageOf(thrown)}\n${thrown instanceof Failure ? thrown.mend : USAGE}\n`);
  process.exitCode = thrown instanceof Failure ? thrown.exitCode : EXIT_CODES.usage;
}
