import { join } from "node:path";
import { holdersOfSockets, type Listener, readListeners } from "./listeners.ts";
import { foldersIn, type Places, readCgroups, readPlaces } from "./places.ts";
import {
  descendants,
  describeProcess,
  isMarked,
  keyOf,
  readProcesses,
  runIdOf,
  type SeenProcess,
} from "./processes.ts";

/** The machine at one instant, as far as a run can change it. */
export interface MachineState {
  readonly processes: ReadonlySet<string>;
  readonly ports: ReadonlySet<number>;
  readonly cgroups: ReadonlySet<string>;
  readonly places: ReadonlySet<string>;
}

function readMachine(places: Places): MachineState {
  return {
    processes: new Set(readProcesses().map(keyOf)),
    ports: new Set(readListeners().map(({ port }) => port)),
    cgroups: new Set(readCgroups()),
    places: new Set(readPlaces(places)),
  };
}

/**
 * Watches a run from outside: whom it starts, in which groups and sessions, under which run ids. What it has seen once
 * it knows again, also when its parent is gone and it carries no mark.
 */
export class Audit {
  readonly #places: Places;
  readonly #before: MachineState;
  readonly #known = new Set<string>();
  readonly #groups = new Set<number>();
  readonly #runIds = new Set<string>();

  readonly #isAlone: boolean;

  /** `shared`: another run may use the same state folder, so that only what carries this run's own id there is its own. */
  constructor(places: Places, state: "alone" | "shared" = "alone") {
    this.#isAlone = state === "alone";
    this.#places = places;
    this.#before = readMachine(places);
  }

  /** Takes down who descends from this process now. Answers them. */
  watch(root: number): readonly SeenProcess[] {
    const all = readProcesses();
    const family = descendants(root, all);
    for (const each of family) {
      this.#known.add(keyOf(each));
      if (each.group !== 0) this.#groups.add(each.group);
    }
    const ids = this.#isAlone ? foldersIn(join(this.#places.state, "runs")) : family.map(runIdOf);
    for (const id of ids) if (id !== undefined) this.#runIds.add(id);
    return family;
  }

  get runIds(): readonly string[] {
    return [...this.#runIds];
  }

  /** What is there now, was not there before, and is the run's; a sentence each. */
  left(): readonly string[] {
    const all = readProcesses().filter((each) => each.pid !== process.pid);
    const ours = this.#ours(all);
    const listeners = readListeners().filter(({ port }) => !this.#before.ports.has(port));
    return [
      ...ours.map(describeProcess),
      ...this.#oursOf(listeners, all, ours).map(({ port }) => `port ${port} is listened on`),
      ...readCgroups()
        .filter(
          (path) =>
            !this.#before.cgroups.has(path) && [...this.#runIds].some((id) => path.endsWith(`doorbuster-${id}`)),
        )
        .map((path) => `control group ${path}`),
      ...readPlaces(this.#places)
        .filter((path) => !this.#before.places.has(path) && (this.#isAlone || this.#namesRun(path)))
        .map((path) => `on the disk: ${path}`),
    ];
  }

  #namesRun(path: string): boolean {
    return [...this.#runIds].some((id) => path.endsWith(`/runs/${id}`));
  }

  #ours(all: readonly SeenProcess[]): readonly SeenProcess[] {
    const marks = { state: this.#isAlone ? this.#places.state : undefined, runIds: this.#runIds };
    const own = all.filter(
      (each) =>
        !this.#before.processes.has(keyOf(each)) &&
        (this.#known.has(keyOf(each)) ||
          this.#groups.has(each.group) ||
          this.#groups.has(each.session) ||
          isMarked(each, marks)),
    );
    const keys = new Set(own.map(keyOf));
    // Children of a leftover are leftovers, and so is an ended process that a leftover has not waited for.
    const offspring = own.flatMap((each) => descendants(each.pid, all)).filter((each) => !keys.has(keyOf(each)));
    return [...own, ...new Map(offspring.map((each) => [keyOf(each), each])).values()];
  }

  /** A new listener is ours when one of ours holds it, or nobody who can be seen: a foreign holder clears it. */
  #oursOf(
    listeners: readonly Listener[],
    all: readonly SeenProcess[],
    ours: readonly SeenProcess[],
  ): readonly Listener[] {
    if (listeners.length === 0) return [];
    const own = new Set(ours.map(({ pid }) => pid));
    const holders = holdersOfSockets([...all.map(({ pid }) => pid), process.pid]);
    return listeners.filter((each) => {
      const pids = holders.get(each.inode);
      return pids === undefined ? stillListens(each) : pids.some((pid) => own.has(pid));
    });
  }
}

/** Between two looks a socket may have gone by itself. */
function stillListens({ inode }: Listener): boolean {
  return readListeners().some((each) => each.inode === inode);
}
