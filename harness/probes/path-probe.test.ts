import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import type { Address } from "#core/service.ts";
import { openProbe } from "./path-probe.ts";

const servers: Server[] = [];
const sockets = new Set<Socket>();

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  await Promise.all(
    servers.splice(0).map((server) => (server.listening ? new Promise((resolve) => server.close(resolve)) : undefined)),
  );
});

async function listening(server: Server): Promise<Address> {
  servers.push(server);
  server.on("connection", (socket) => {
    sockets.add(socket);
    // A probe ends its connections as hastily as any client.
    socket.on("error", () => undefined);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { host: "127.0.0.1", port: (server.address() as AddressInfo).port };
}

const livez = () => createHttpServer((_, response) => response.end("ok"));

test("a healthy HTTP path answers on a new connection and on the held one, again and again", async () => {
  const address = await listening(livez());
  await using probe = await openProbe({ target: "app", address, protocol: "http" });
  for (let i = 0; i < 3; i += 1) {
    const reading = await probe.measure(1_000);
    expect(reading).toMatchObject({ target: "app", fresh: { kind: "answered" }, held: { kind: "answered" } });
  }
  expect(sockets.size).toBe(4);
});

test("nobody listening reads as refused, on both kinds of connection", async () => {
  const server = livez();
  const address = await listening(server);
  await new Promise((resolve) => server.close(resolve));
  await using probe = await openProbe({ target: "app", address, protocol: "http" });
  expect(await probe.measure(1_000)).toMatchObject({ fresh: { kind: "refused" }, held: { kind: "refused" } });
});

test("accepting and closing, as a proxy with a dead far end does, reads as closed", async () => {
  const address = await listening(createServer((socket) => socket.destroy()));
  await using probe = await openProbe({ target: "app", address, protocol: "redis" });
  expect(await probe.measure(1_000)).toMatchObject({ fresh: { kind: "closed" }, held: { kind: "closed" } });
});

test("a path that swallows everything reads as silent, at the deadline and not later", async () => {
  const address = await listening(createServer(() => undefined));
  await using probe = await openProbe({ target: "app", address, protocol: "http" });
  const began = performance.now();
  const reading = await probe.measure(300);
  expect(reading).toMatchObject({ fresh: { kind: "silent" }, held: { kind: "silent" } });
  expect(reading.fresh.ms).toBeGreaterThanOrEqual(299);
  expect(performance.now() - began).toBeLessThan(600);
});

test("an answer that comes after its deadline is not taken for the answer to the next question", async () => {
  let delayMs = 400;
  const address = await listening(
    createServer((socket) => {
      socket.on("data", () => setTimeout(() => socket.write("+PONG\r\n"), delayMs));
    }),
  );
  await using probe = await openProbe({ target: "cache", address, protocol: "redis" });
  expect((await probe.measure(200)).held?.kind).toBe("silent");
  delayMs = 300;
  const late = await probe.measure(1_000);
  expect(late.held).toMatchObject({ kind: "answered" });
  expect(late.held?.ms).toBeGreaterThan(290);
});

test("a held connection that ended between two measures reads as closed, while new ones answer", async () => {
  const address = await listening(livez());
  await using probe = await openProbe({ target: "app", address, protocol: "http" });
  await probe.measure(1_000);
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(await probe.measure(1_000)).toMatchObject({ fresh: { kind: "answered" }, held: { kind: "closed" } });
});

test("a protocol that knows one question before login is asked on one held connection after the other", async () => {
  // As PostgreSQL does: one byte for the first SSLRequest, an error and the end for a second.
  const address = await listening(
    createServer((socket) => {
      let asked = 0;
      socket.on("data", () => {
        asked += 1;
        if (asked === 1) socket.write("N");
        else socket.end("E");
      });
    }),
  );
  await using probe = await openProbe({ target: "primary", address, protocol: "postgres" });
  for (let i = 0; i < 10; i += 1) expect((await probe.measure(1_000)).held?.kind).toBe("answered");
  const exhausted = await probe.measure(1_000);
  expect(exhausted.fresh.kind).toBe("answered");
  expect(exhausted.held).toBeUndefined();
});

test("bare TCP measures the connect and holds nothing, for a peer that speaks once and hangs up is well", async () => {
  const address = await listening(createServer((socket) => socket.end("up 75%\n")));
  await using probe = await openProbe({ target: "agent", address, protocol: "tcp" });
  for (let i = 0; i < 2; i += 1) {
    const reading = await probe.measure(1_000);
    expect(reading.fresh.kind).toBe("answered");
    expect(reading.held).toBeUndefined();
  }
});

test("an answer that never ends is left after a megabyte", async () => {
  let sent = 0;
  const address = await listening(
    createServer((socket) => {
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n");
      const more = (): void => {
        while (socket.writable && socket.write(Buffer.alloc(65_536))) sent += 65_536;
      };
      socket.on("drain", more);
      more();
    }),
  );
  await using probe = await openProbe({ target: "app", address, protocol: "http" });
  expect(await probe.measure(2_000)).toMatchObject({ fresh: { kind: "closed" }, held: { kind: "closed" } });
  // What lies in the buffers of the kernel counts too.
  expect(sent).toBeLessThan(40_000_000);
});
