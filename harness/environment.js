// What of the keyboard's environment the testbed reads. Plain JavaScript, because any Node has to read it first.

/**
 * Names, or with a star beginnings of names. Everything else is taken away before any other module is read: libraries
 * look into the environment by themselves (`pg` fills a missing field from PGHOST, PGOPTIONS and the like), and programs
 * inherit it.
 */
const KEPT = [
  // Where programs and the person's own folders lie, and how people read.
  "PATH",
  "HOME",
  "USER",
  "LOGNAME",
  "TMPDIR",
  "TMP",
  "TEMP",
  "XDG_CACHE_HOME",
  "XDG_STATE_HOME",
  // Go keeps its settings below it, where it is set: a company's proxy of modules, say.
  "XDG_CONFIG_HOME",
  "TZ",
  "LANG",
  "LC_*",
  "TERM",
  "COLORTERM",
  "NO_COLOR",
  "FORCE_COLOR",
  // Ours. Not DOORBUSTER_RUN: it marks the processes of a run, and this process belongs to none.
  "DOORBUSTER_CACHE",
  "DOORBUSTER_OFFLINE",
  "DOORBUSTER_PARENT",
  "DOORBUSTER_STATE",
  // Only looked at, to notice an option that npm kept for itself.
  "npm_config_*",
  // For Go and apt, which bring programs from the network: `harness/tools` takes these away before anything is started.
  // Node itself goes through a proxy only when NODE_USE_ENV_PROXY is set, which is not here.
  "GOPROXY",
  "GOSUMDB",
  "GONOSUMDB",
  "GONOPROXY",
  "GOPRIVATE",
  "GOPATH",
  "GOMODCACHE",
  "GOCACHE",
  // Where Go's settings are, and how it shows itself to a mirror that lets nobody else in.
  "GOENV",
  "GOAUTH",
  "GOINSECURE",
  "NETRC",
  "APT_CONFIG",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "ALL_PROXY",
  "NO_PROXY",
  "http_proxy",
  "https_proxy",
  "all_proxy",
  "no_proxy",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  // Node has read these two by now: they add to whom it believes, as a company's proxy needs it, and lead nowhere.
  "NODE_EXTRA_CA_CERTS",
  "NODE_USE_SYSTEM_CA",
  // A cache of compiled sources, which changes nothing but the time of the start.
  "NODE_COMPILE_CACHE",
];

/**
 * What a process has acted upon before its first line runs: only another process can be without it. NODE_ENV and
 * NODE_VERSION, which images of Node set, are nothing to Node itself.
 */
const ACTS_AT_START = /^(NODE_(?!(ENV|VERSION)$)|LD_PRELOAD$|LD_AUDIT$|DYLD_INSERT_LIBRARIES$|UV_|OPENSSL_)/;

function isKept(name) {
  return KEPT.some((kept) => (kept.endsWith("*") ? name.startsWith(kept.slice(0, -1)) : name === kept));
}

/** The part of an environment that the testbed reads. */
export function keptOf(environment) {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => isKept(name)));
}

/** Whether something in an environment has already changed how this very process works. */
export function hasActed(environment) {
  return Object.keys(environment).some((name) => ACTS_AT_START.test(name) && !isKept(name));
}
