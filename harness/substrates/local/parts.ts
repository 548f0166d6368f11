import type { Address, Dataset, Service } from "#core/service.ts";
import type { PathProbe } from "#core/substrate.ts";
import type { ServiceUser, Toolbox } from "#core/toolbox.ts";
import type { Role } from "#core/topology.ts";

export type ProbeProtocol = "http" | "redis" | "postgres" | "tcp";

/** Opens a probe of a data path; `harness/probes` knows how, the substrate knows where. */
type OpenProbe = (ask: {
  readonly target: string;
  readonly address: Address;
  readonly protocol: ProbeProtocol;
}) => Promise<PathProbe>;

/** How machine sizes may be enforced, the best first. */
export type SizesKind = "cgroup v1" | "cgroup v2" | "affinity" | "none";

/** What the local substrate is made of. */
export interface LocalParts {
  readonly toolbox: Toolbox;
  readonly services: Readonly<Record<Role, Service>>;
  readonly datasets: readonly Dataset[];
  /** Who runs programs that refuse root; undefined when the harness itself is unprivileged. */
  readonly serviceUser: ServiceUser | undefined;
  /** Holds `runs/<run id>/<node>` while a run lives, and `datasets/` for good. */
  readonly stateFolder: string;
  readonly openProbe: OpenProbe;
  /** The one way to enforce sizes that is to be used; otherwise the best that this machine allows. */
  readonly sizes?: SizesKind;
  /** How long a part may take until it does its work; a minute where absent. */
  readonly readyWithinMs?: number;
}

const PROTOCOLS: Readonly<Partial<Record<Role, ProbeProtocol>>> = {
  cache: "redis",
  carts: "redis",
  queue: "redis",
  pooler: "postgres",
  primary: "postgres",
  replica: "postgres",
  reports: "postgres",
};

/** The protocol that a node answers in on a named port. The agent port speaks first and knows no question. */
export function protocolOf(role: Role, port: string): ProbeProtocol {
  return port === "agent" ? "tcp" : (PROTOCOLS[role] ?? "http");
}
