import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { messageOf } from "#core/errors.ts";

/** In every decoy's value, so that it can be recognised wherever it turns up. */
export const DECOY = "decoy-of-a-real-one";

/** Variables that lead programs to a person's own databases, clusters and proxies, or change how programs work. */
export function decoysAt(port: number, preload: string): Readonly<Record<string, string>> {
  const address = `127.0.0.1:${port}`;
  const url = (scheme: string): string => `${scheme}://${DECOY}:${DECOY}@${address}/${DECOY}`;
  // Node takes no path in a proxy's address.
  const proxy = `http://${DECOY}:${DECOY}@${address}`;
  const proxies = Object.fromEntries(
    ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"].flatMap((name) => [
      [name, proxy],
      [name.toLowerCase(), proxy],
    ]),
  );
  return {
    ...proxies,
    // Else programs that know proxies would spare this machine's own addresses.
    NO_PROXY: "",
    no_proxy: "",
    NODE_USE_ENV_PROXY: "1",
    NODE_OPTIONS: `--require=${preload}`,
    NODE_PATH: `/${DECOY}`,
    NODE_DEBUG: DECOY,
    NODE_PG_FORCE_NATIVE: "1",
    DEBUG: DECOY,
    PGHOST: "127.0.0.1",
    PGHOSTADDR: "127.0.0.1",
    PGPORT: String(port),
    PGUSER: DECOY,
    PGPASSWORD: DECOY,
    PGDATABASE: DECOY,
    PGSERVICE: DECOY,
    PGSERVICEFILE: `/${DECOY}`,
    PGPASSFILE: `/${DECOY}`,
    PGOPTIONS: "-c search_path=decoy",
    PGAPPNAME: DECOY,
    PGSSLMODE: "require",
    PGDATA: `/${DECOY}`,
    DATABASE_URL: url("postgres"),
    REDIS_URL: url("redis"),
    REDIS_HOST: address,
    REDISCLI_AUTH: DECOY,
    DOCKER_HOST: `tcp://${address}`,
    KUBECONFIG: `/${DECOY}`,
    TOXIPROXY_URL: url("http"),
    K6_VUS: "7",
    K6_DURATION: "1s",
    K6_ITERATIONS: "1",
    K6_OUT: `influxdb=${url("http")}`,
    K6_CLOUD_TOKEN: DECOY,
    K6_CLOUD_HOST: url("http"),
    K6_BROWSER_ENABLED: "true",
    K6_INCLUDE_SYSTEM_ENV_VARS: "true",
    K6_CONFIG: `/${DECOY}`,
    GOMEMLIMIT: "1MiB",
    GOMAXPROCS: "64",
    GOGC: "1",
    GODEBUG: "http2debug=1",
    HAPROXY_BRANCH: DECOY,
    OTEL_EXPORTER_OTLP_ENDPOINT: url("http"),
    GIT_DIR: `/${DECOY}`,
    DOORBUSTER_RUN: DECOY,
  };
}

/** Stands where the decoys lead, and counts who comes. */
export interface Listener extends AsyncDisposable {
  readonly port: number;
  /** The first bytes that each visitor sent. */
  readonly visits: readonly string[];
}

export async function openListener(): Promise<Listener> {
  const visits: string[] = [];
  const server = createServer((socket) => {
    const at = visits.push("(said nothing)") - 1;
    socket.on("data", (bytes) => {
      visits[at] = bytes.toString("latin1").slice(0, 200);
      socket.destroy();
    });
    socket.on("error", () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    visits,
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** What of the decoys the processes of a run carry in their environments, by variable and the program that has it. */
export function decoysCarried(runMark: string): { readonly looked: number; readonly found: readonly string[] } {
  let looked = 0;
  const found = new Set<string>();
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const variables = readFileSync(`/proc/${pid}/environ`, "latin1").split("\0");
      if (!variables.some((each) => each.startsWith(`${runMark}=`) && !each.includes(DECOY))) continue;
      looked += 1;
      const program = readFileSync(`/proc/${pid}/comm`, "latin1").trim();
      for (const each of variables) if (isDecoy(each)) found.add(`${program} has ${each.split("=")[0]}`);
    } catch (thrown) {
      // It ended while it was looked at, or belongs to somebody else.
      if (!/ENOENT|ESRCH|EACCES|EPERM/.test(messageOf(thrown))) throw thrown;
    }
  }
  return { looked, found: [...found] };
}

/** By its value, or by a name that no part of a run is given. */
function isDecoy(variable: string): boolean {
  return (
    variable.includes(DECOY) ||
    /^(PG(HOST|OPTIONS|SSLMODE)|NODE_(OPTIONS|USE_ENV_PROXY|PG_)|K6_(VUS|DURATION|ITERATIONS|BROWSER|INCLUDE)|GODEBUG|no_proxy)/i.test(
      variable,
    )
  );
}
