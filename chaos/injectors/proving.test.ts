import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { expect, test } from "vitest";
import { latency, link } from "#chaos/faults/index.ts";
import type { FaultProof } from "#core/injector.ts";
import type { JournalEntry } from "#core/journal.ts";
import { openProbe } from "#harness/probes/index.ts";
import { lateBy } from "./effects.ts";
import { type FaultAct, prove } from "./proving.ts";
import { HOST } from "./testing/children.ts";
import { testContext } from "./testing/context.ts";

/** A Redis that says PONG after as long as it is told, by the number of the look: what a proxy, or a busy machine, adds. */
async function lateServer(delayMs: (look: number) => number) {
  const sockets = new Set<Socket>();
  let asked = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("data", () => {
      // Each look asks twice: on a new connection and on the held one.
      const look = Math.floor(asked / 2);
      asked += 1;
      setTimeout(() => socket.write("+PONG\r\n"), delayMs(look));
    });
  }).listen(0, HOST);
  await once(server, "listening");
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    [Symbol.dispose]: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

interface Tried {
  readonly proof: FaultProof;
  readonly healed: FaultProof;
  readonly verbs: readonly JournalEntry["verb"][];
}

/** A latency of 100 ms on a path that answers as `delayMs` says: by the number of the look and whether the fault is on. */
async function tryLatency(delayMs: (look: number, isOn: boolean) => number, canBeTakenBack = true): Promise<Tried> {
  let isOn = false;
  using server = await lateServer((look) => delayMs(look, isOn));
  const fault = latency(link("app", "cache"), { added: "100ms" });
  const act: FaultAct = {
    entry: { id: "late", phase: "peak", afterMs: 0, forMs: 1_000, fault, reason: "to see it" },
    effect: lateBy(100),
    undo: { kind: "none" },
    openProbes: async () => [
      await openProbe({ target: "path", address: { host: HOST, port: server.port }, protocol: "redis" }),
    ],
    act: async () => {
      isOn = true;
    },
    takeBack: async () => {
      if (canBeTakenBack) isOn = false;
    },
  };
  const verbs: JournalEntry["verb"][] = [];
  const active = await prove(
    act,
    testContext(async ({ verb }) => {
      verbs.push(verb);
    }),
  );
  return { proof: active.proof, healed: await active.heal(), verbs };
}

test("a tenth of a second is proven and healed on a quiet path", async () => {
  const { proof, healed, verbs } = await tryLatency((_, isOn) => (isOn ? 100 : 1));
  expect(proof.proven, proof.measured).toBe(true);
  expect(healed.proven, healed.measured).toBe(true);
  expect(verbs).toEqual(["fault", "healed"]);
});

test("a tenth of a second that is still there is not healed", async () => {
  const { proof, healed, verbs } = await tryLatency((_, isOn) => (isOn ? 100 : 1), false);
  expect(proof.proven, proof.measured).toBe(true);
  expect(healed.proven, healed.measured).toBe(false);
  expect(healed.measured).toMatch(/answered in 1\d\d/);
  expect(verbs).toEqual(["fault"]);
});

test("looks that are late by chance are no proof of a fault that did nothing", async () => {
  // The control is quiet; then every second look waits as long as the fault would make it.
  const { proof } = await tryLatency((look) => (look >= 3 && look % 2 === 1 ? 105 : 1));
  expect(proof.proven, proof.measured).toBe(false);
});

test("a fault that is there is proven through looks that wait longer still, and its healing too", async () => {
  const { proof, healed } = await tryLatency((look, isOn) => (isOn ? 100 : 1) + (look >= 3 && look % 2 === 1 ? 90 : 0));
  expect(proof.proven, proof.measured).toBe(true);
  expect(healed.proven, healed.measured).toBe(true);
});

test("a path whose own answers differ by as much as the fault adds is no place for it, and the reason says so", async () => {
  const { proof, verbs } = await tryLatency((look) => [1, 60, 130][look % 3] ?? 1);
  expect(proof).toMatchObject({
    proven: false,
    measured: expect.stringMatching(/nothing was done.*too restless to tell "\+100ms a round trip" from noise.*path/),
  });
  expect(verbs).toEqual([]);
});
