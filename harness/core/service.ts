import type { Program } from "./toolbox.ts";
import type { LinkSpec, NodeSpec, Topology } from "./topology.ts";

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** A file that a service reads, written into its own folder before it starts. */
export interface ServiceFile {
  /** Relative to the node's folder. */
  readonly path: string;
  readonly content: string;
  /** Default 0o600: configuration may hold the run's passwords. */
  readonly mode?: number;
}

/** How a substrate knows that a node can do its work. */
export type ReadyCheck =
  | { readonly kind: "http"; readonly port: string; readonly path: string }
  | { readonly kind: "tcp"; readonly port: string }
  /** Redis answers PONG (with the password), past loading. */
  | { readonly kind: "redis"; readonly port: string; readonly password: string }
  /** PostgreSQL accepts a login and answers `select 1`. */
  | {
      readonly kind: "postgres";
      readonly port: string;
      readonly user: string;
      readonly password: string;
      readonly database: string;
    };

/** Everything that is needed to start one node, on any substrate. Plain data. */
export interface ServiceLaunch {
  readonly program: Program;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly files: readonly ServiceFile[];
  /** Prepared data that must lie in the node's folder as `data/` before it starts. A restart keeps what is there. */
  readonly data?: { readonly dataset: string };
  /** Programs that refuse root run as the service user; their folder belongs to that user. */
  readonly asServiceUser: boolean;
  readonly ready: ReadyCheck;
  readonly stop: { readonly signal: NodeJS.Signals; readonly graceMs: number };
  /** Statements to run once on the node's administrative socket after its first start, before anybody dials it. */
  readonly firstStart?: {
    readonly socketFolder: string;
    readonly port: string;
    readonly database: string;
    readonly user: string;
    readonly sql: readonly string[];
  };
  /** Nodes that must be ready before this one starts. */
  readonly after: readonly string[];
}

/** What a service knows when it is asked how to start. */
export interface ServiceInput {
  readonly node: NodeSpec;
  readonly topology: Topology;
  /** Absolute path of the node's own folder; the service may write below it. */
  readonly folder: string;
  /** Where this node listens for the named port. */
  listen(port: string): Address;
  /** Where this node dials another node: the near end of the link between them. Throws when the topology has no such link. */
  dial(to: string, port?: string, fromRegion?: LinkSpec["from"]["region"]): Address;
  /** A password of this run, the same for every node that asks by the same name. Hex, 32 characters. */
  secret(name: string): string;
  readonly seed: string;
  /** Users, arrivals and stock are divided by this. */
  readonly scale: number;
}

/** A kind of service. Pure: the same input gives the same launch. */
export interface Service {
  /** Named ports that it listens on; the substrate chooses the numbers. */
  readonly ports: readonly string[];
  launch(input: ServiceInput): ServiceLaunch;
}

/** Prepared data, made once for its key and copied at every start. */
export interface Dataset {
  readonly name: string;
  /** Changes whenever the content would: a hash of schema, generator and seed. */
  readonly key: string;
  /** Fills an empty folder. Runs as the harness; the folder is handed to the service user afterwards if the service wants it. */
  prepare(folder: string, help: DatasetHelp): Promise<void>;
}

export interface DatasetHelp {
  /** Runs a program of the toolbox as the service user, to its end; throws with its output when it fails. */
  run(program: Program, argv: readonly string[], env?: Readonly<Record<string, string>>): Promise<string>;
  /** Starts a program as the service user for the time of the preparation. */
  start(program: Program, argv: readonly string[], env?: Readonly<Record<string, string>>): Promise<AsyncDisposable>;
  readonly signal: AbortSignal;
  progress(line: string): void;
}
