import { existsSync, mkdirSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { cacheFolder, openStateFolder } from "#harness/tools/folders.ts";

/** Where the runs are started, and what they may use. */
export interface Grounds {
  /** Folder of the project. */
  readonly root: string;
  /** State folder that nobody else uses: what lies in it is ours. */
  readonly state: string;
  readonly cache: string;
  /** Parent of the temporary folder that each run gets. */
  readonly temporary: string;
  /** What is run: the name of a scenario, or its file below the root. */
  readonly scenario: string;
}

/** Few users, all of the shop, the same faults, soon over. */
const BRIEF = "survival/scenarios/brief-black-friday.ts";

export interface GroundsChoice {
  /** The default scenario as people run it, with all its users. */
  readonly whole?: boolean;
  /** Of the state folder, below the usual one. */
  readonly name?: string;
}

export function openGrounds({ whole = false, name = "survival" }: GroundsChoice = {}): Grounds {
  return {
    root: join(import.meta.dirname, ".."),
    state: ownStateFolder(name),
    scenario: whole ? "black-friday" : BRIEF,
    cache: cacheFolder(),
    temporary: tmpdir(),
  };
}

/** Where the scenario's result folders lie. */
export function resultsOf({ root, scenario }: Grounds): string {
  return join(root, "results", basename(scenario, ".ts"));
}

/** Below the usual one, so that no other run's command finds, or mends, what is left here. */
function ownStateFolder(name: string): string {
  const usual = openStateFolder();
  const own = join(usual, name);
  mkdirSync(own, { recursive: true, mode: 0o711 });
  // Programs that were brought once are not brought again: root keeps them in its state folder.
  if (existsSync(join(usual, "programs")) && !existsSync(join(own, "programs")))
    symlinkSync("../programs", join(own, "programs"));
  return own;
}
