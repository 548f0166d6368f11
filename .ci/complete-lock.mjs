// Completes package-lock.json with the optional platform packages that the registry in use does not serve.
// `npm install` drops what it cannot fetch, and `npm ci` then refuses the lock. An entry without an integrity hash is
// enough: npm reads its platform fields and skips it here; elsewhere it is fetched like any other package.
// Run after every `npm install`: node .ci/complete-lock.mjs
import { readFileSync, writeFileSync } from "node:fs";

const SYSTEMS = ["android", "darwin", "freebsd", "linux", "openbsd", "openharmony", "sunos", "aix", "netbsd", "win32"];
const PROCESSORS = ["arm64", "arm", "x64", "ia32", "riscv64", "ppc64", "s390x", "loong64", "mips64el"];

const lock = JSON.parse(readFileSync("package-lock.json", "utf8"));
let added = 0;
for (const owner of Object.values({ ...lock.packages })) {
  for (const [name, version] of Object.entries(owner.optionalDependencies ?? {})) {
    const path = `node_modules/${name}`;
    if (lock.packages[path] !== undefined) continue;
    const words = name.split(/[-/]/);
    const os = SYSTEMS.find((word) => words.includes(word));
    if (os === undefined) continue;
    const cpu = PROCESSORS.find((word) => words.includes(word)) ?? "x64";
    const libc = name.endsWith("musl") ? "musl" : name.endsWith("gnu") ? "glibc" : undefined;
    lock.packages[path] = {
      version,
      cpu: [cpu],
      ...(owner.dev ? { dev: true } : {}),
      ...(libc && os === "linux" ? { libc: [libc] } : {}),
      optional: true,
      os: [os],
    };
    added += 1;
  }
}
const root = lock.packages[""];
const rest = Object.entries(lock.packages).filter(([path]) => path !== "");
rest.sort(([a], [b]) => (a < b ? -1 : 1));
lock.packages = { "": root, ...Object.fromEntries(rest) };
writeFileSync("package-lock.json", `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${added} platform packages added to package-lock.json`);
