import type { FaultEvent, HistoryRecord, NodeEvent } from "#core/history.ts";
import type { NodeSpec, Region, Topology } from "#core/topology.ts";
import { type Piece, piece } from "./paint.ts";

export interface FaultInForce {
  readonly id: string;
  readonly title: string;
  readonly state: FaultEvent["state"];
  readonly since: number;
  readonly measured: string | undefined;
}

/** Which parts stand and which faults are in force, from the records as they come. */
export class ShopState {
  readonly #nodes = new Map<string, NodeEvent["state"]>();
  readonly #faults = new Map<string, FaultInForce>();

  add(record: HistoryRecord): void {
    if (record.kind === "node") this.#nodes.set(record.node, record.state);
    if (record.kind !== "fault") return;
    if (record.state === "injecting" || record.state === "in-force" || record.state === "healing") {
      const known = this.#faults.get(record.id);
      this.#faults.set(record.id, {
        id: record.id,
        title: record.title,
        state: record.state,
        since: record.state === "healing" ? (known?.since ?? record.at) : record.at,
        measured: record.measured ?? known?.measured,
      });
    } else this.#faults.delete(record.id);
  }

  get faults(): readonly FaultInForce[] {
    return [...this.#faults.values()];
  }

  isUp(node: NodeSpec): boolean {
    const state = this.#nodes.get(node.id);
    return state === undefined || state === "ready" || state === "continued";
  }

  /** One line a region: applications as dots, then whatever else is down by name. */
  region(region: Region, topology: Topology): readonly Piece[] {
    const nodes = topology.nodes.filter((node) => node.region === region && !this.#isIdleSpare(node));
    const apps = nodes.filter((node) => node.role === "app");
    const others = nodes.filter((node) => node.role !== "app");
    const down = others.filter((node) => !this.isUp(node));
    const up = apps.filter((node) => this.isUp(node)).length;
    return [
      ...(apps.length === 0
        ? [piece("no app", "quiet")]
        : [
            ...apps.map((node) => (this.isUp(node) ? piece("●", "held") : piece("○", "broken"))),
            piece(` ${up} of ${apps.length} app`),
          ]),
      piece(`   ${others.length - down.length} of ${others.length} other parts`, "quiet"),
      ...(down.length === 0 ? [] : [piece(`   down: ${down.map((node) => node.id).join(", ")}`, "broken")]),
    ];
  }

  /** A slot for scaling out counts from the moment when something was said of it. */
  #isIdleSpare(node: NodeSpec): boolean {
    return node.spare === true && !this.#nodes.has(node.id);
  }
}
