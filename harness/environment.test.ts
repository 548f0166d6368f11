import { expect, test } from "vitest";
import { hasActed, keptOf } from "./environment.js";

test("only what the testbed reads is kept, by name and not by what it looks like", () => {
  const environment = {
    PATH: "/bin",
    HOME: "/home/ada",
    DOORBUSTER_STATE: "/state",
    DOORBUSTER_RUN: "somebody-elses",
    npm_config_scale: "250",
    PGHOST: "production",
    AWS_SECRET_ACCESS_KEY: "x",
    PATHS: "/bin",
    path: "/bin",
  };
  expect(Object.keys(keptOf(environment))).toEqual(["PATH", "HOME", "DOORBUSTER_STATE", "npm_config_scale"]);
});

test("what has changed this very process is seen; what only later ones would read is not", () => {
  for (const name of ["NODE_OPTIONS", "NODE_USE_ENV_PROXY", "NODE_PG_FORCE_NATIVE", "LD_PRELOAD", "UV_THREADPOOL_SIZE"])
    expect(hasActed({ [name]: "1" })).toBe(true);
  for (const name of [
    "NODE_ENV",
    "NODE_VERSION",
    "NODE_EXTRA_CA_CERTS",
    "NODE_USE_SYSTEM_CA",
    "NODE_COMPILE_CACHE",
    "PGHOST",
    "HTTP_PROXY",
  ])
    expect(hasActed({ [name]: "1" })).toBe(false);
});

test("what brings programs through a company's network is kept; what leads to databases and machines of one's own is not", () => {
  const network = ["XDG_CONFIG_HOME", "GOENV", "GOAUTH", "GOINSECURE", "NETRC", "TMP", "TEMP", "NODE_USE_SYSTEM_CA"];
  const others = ["GOFLAGS", "GODEBUG", "DOCKER_HOST", "KUBECONFIG", "PGPASSFILE", "NODE_TLS_REJECT_UNAUTHORIZED"];
  const kept = keptOf(Object.fromEntries([...network, ...others].map((name) => [name, "x"])));
  expect(Object.keys(kept)).toEqual(network);
});
