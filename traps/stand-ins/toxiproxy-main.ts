import { spawn, spawnSync } from "node:child_process";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort, HOST } from "#chaos/injectors/testing/children.ts";
import { type Deafness, openDeafDoor } from "#chaos/injectors/testing/deaf-door.ts";

/** Toxiproxy with a control door that believes in its own words before the real one. Started as the real one is. */
const KINDS: Readonly<Record<string, Deafness>> = {
  forwards: { goesTo: () => undefined, deafToSwitching: false },
  // The distance between the regions stays what it is: only what a fault sets goes astray.
  "wrong-link": {
    goesTo: (proxy, toxic) => (toxic.startsWith("fault-") ? ofOtherRegion(proxy) : proxy),
    deafToSwitching: false,
  },
};

/** The real server listens within 50 ms on an idle machine; its starter gives up after 10 s. */
const LISTENS_WITHIN_MS = 9_000;

function ofOtherRegion(proxy: string): string {
  return proxy.replaceAll(/(?<=[_-])(eu|us)(?=[_-]|$)/g, (region) => (region === "eu" ? "us" : "eu"));
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, HOST, () => resolve(true));
    socket.on("error", () => resolve(false)).on("connect", () => socket.destroy());
  });
}

async function main([kind = "", real = "", ...argv]: readonly string[]): Promise<number> {
  const deafness = KINDS[kind];
  if (deafness === undefined) throw new RangeError(`there is no kind of deafness "${kind}"`);
  const at = argv.indexOf("-port");
  if (at === -1) return spawnSync(real, argv, { stdio: "inherit" }).status ?? 1;
  const port = await freePort();
  const server = spawn(real, argv.with(at + 1, String(port)), { stdio: "inherit" });
  const ended = new Promise<number>((resolve) => server.once("exit", (code) => resolve(code ?? 1)));
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => server.kill(signal));
  const deadline = performance.now() + LISTENS_WITHIN_MS;
  while (!(await listens(port)) && performance.now() < deadline) await sleep(10);
  await using _door = await openDeafDoor(`http://${HOST}:${port}`, Number(argv[at + 1]), deafness);
  return await ended;
}

process.exitCode = await main(process.argv.slice(2));
