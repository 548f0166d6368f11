import type { Program } from "#core/toolbox.ts";

/** A file of a release, named by its content: nothing is started whose hash is not written here. */
export interface Release {
  readonly url: string;
  readonly sha256: string;
  /** `none`: the file is the program itself. Both archive formats are unpacked by `tar`, which on macOS reads zip too. */
  readonly archive: "tar" | "none";
  /** Path of the program inside the archive. */
  readonly member: string;
}

/** A program that is brought at exactly one version, because its behaviour is part of what a result means. */
export interface PinnedProgram {
  readonly program: Program;
  readonly version: string;
  readonly versionArguments: readonly string[];
  /** By platform, as Node names it: `linux-x64`. */
  readonly releases: ReadonlyMap<string, Release>;
  /** The Go package, and the flags that make it say its version: its sources only know it in a release. */
  readonly goPackage: string;
  readonly linkerFlags: string;
}

/** A program of which any later version will do. */
export interface SystemProgram {
  readonly program: Program;
  /** The oldest version whose features the shop's configuration uses. */
  readonly atLeast: string;
  readonly versionArguments: readonly string[];
  readonly debianPackage: string;
  /** It exits when it is started as root, so it has to lie where the service user can reach it. */
  readonly refusesRoot: boolean;
}

/** The oldest Node that runs the sources as they are (types are stripped without a flag) in a line with long support. */
export const NODE_MAJOR_AT_LEAST = 24;

/** The oldest Go that fetches by itself the newer toolchain which a go.mod asks for. */
export const GO_AT_LEAST = "1.21";

/** The settings in `system/postgres` are written for this version and tested with no other. */
export const POSTGRES_MAJOR = 18;

const K6 = "https://github.com/grafana/k6/releases/download/v2.2.0";
const TOXIPROXY = "https://github.com/Shopify/toxiproxy/releases/download/v2.12.0";

/** Hashes are those of the checksum file that each project publishes beside its release. */
export const pinnedPrograms: readonly PinnedProgram[] = [
  {
    program: "k6",
    version: "2.2.0",
    versionArguments: ["version"],
    releases: new Map([
      ["linux-x64", k6("linux-amd64", "tar.gz", "b5a8003c86f35f5cd5ceef1490312c48e587696c94d998cefc6d7b3b4cb1597d")],
      ["linux-arm64", k6("linux-arm64", "tar.gz", "4ecd64cadcc792402d16293836115480419c4447c032858f564852d98f1bf54c")],
      ["darwin-x64", k6("macos-amd64", "zip", "45a08590511c8a6a9c6331645e60c41624924e848e29472e87c60ac956d50372")],
      ["darwin-arm64", k6("macos-arm64", "zip", "37a028506bf13578de66c906296803775df28cc2504b1a8c5d786b2803e757c7")],
    ]),
    goPackage: "go.k6.io/k6/v2",
    linkerFlags: "-s -w",
  },
  {
    program: "toxiproxy-server",
    version: "2.12.0",
    versionArguments: ["-version"],
    releases: new Map([
      ["linux-x64", toxiproxy("linux-amd64", "556d891134a3c582dc1e1a3f7335fd55142e5965769855a00b944e13e48302fc")],
      ["linux-arm64", toxiproxy("linux-arm64", "53e770c1c3035b5a9f1bc629fce537db1f95f62b26f4ebe6e756afd701cf077c")],
      ["darwin-x64", toxiproxy("darwin-amd64", "9625bba4bd96117eedae49f982aba4c2f462b268dd406c9ff18186f9b1ef8afe")],
      ["darwin-arm64", toxiproxy("darwin-arm64", "aa299966b52f16a8594f1cd0d1e9049dc2e8fe2c04a90c19860e2719b2b95d15")],
    ]),
    goPackage: "github.com/Shopify/toxiproxy/v2/cmd/server",
    linkerFlags: "-s -w -X github.com/Shopify/toxiproxy/v2.Version=2.12.0",
  },
];

/** The oldest versions are those of Debian 12, with which the shop is tested: it uses what they have, and nothing older is tried. */
export const systemPrograms: readonly SystemProgram[] = [
  {
    program: "haproxy",
    atLeast: "2.6",
    versionArguments: ["-v"],
    debianPackage: "haproxy",
    refusesRoot: false,
  },
  {
    program: "redis-server",
    atLeast: "7.0",
    versionArguments: ["--version"],
    debianPackage: "redis-server",
    refusesRoot: false,
  },
  {
    program: "pgbouncer",
    atLeast: "1.18",
    versionArguments: ["--version"],
    debianPackage: "pgbouncer",
    refusesRoot: true,
  },
];

function k6(platform: string, suffix: "tar.gz" | "zip", sha256: string): Release {
  const name = `k6-v2.2.0-${platform}`;
  return { url: `${K6}/${name}.${suffix}`, sha256, archive: "tar", member: `${name}/k6` };
}

function toxiproxy(platform: string, sha256: string): Release {
  const name = `toxiproxy-server-${platform}`;
  return { url: `${TOXIPROXY}/${name}`, sha256, archive: "none", member: name };
}
