import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import type { RunContext } from "#core/context.ts";
import { Failure } from "#core/errors.ts";
import { memoryHistory } from "#core/memory-history.ts";
import { noopJournal } from "#core/noop.ts";
import { randomStream } from "#core/random.ts";
import { systemClock } from "#harness/context/index.ts";
import { openGate } from "./gate.ts";

/** Long enough for some looks at a page that is answered at once, and for two that are not. */
const SHORT = { allMs: 700, pageMs: 300 };

/** What the gate may take beside its patience: the page that was under way, and a busy machine. */
const MOST_MS = SHORT.allMs + SHORT.pageMs + 1_500;

const ORDER = { orderId: "17", totalCents: 995, lines: [] };

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

const ok: Answer = (response) => void response.end(JSON.stringify(ORDER));

/** An edge that answers every page well, but for those that a test says. */
async function openEdge(answers: Readonly<Record<string, Answer>> = {}) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    asked.push(`${request.headers["x-geo"]} ${request.method} ${path}`);
    response.on("error", () => undefined);
    (answers[path] ?? ok)(response, request);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    asked,
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function contextOf(signal = new AbortController().signal): RunContext {
  const clock = systemClock();
  return {
    runId: "run",
    seed: "seed",
    clock,
    random: (stream) => randomStream("seed", stream),
    signal,
    history: memoryHistory(clock),
    journal: noopJournal,
    folder: "",
  };
}

async function gateOf(port: number, ctx = contextOf()): Promise<unknown> {
  const stage = {
    edge: { host: "127.0.0.1", port },
    topology: { system: "scaled", regions: ["eu", "us"], nodes: [], links: [], protections: [] },
  } as const;
  return await openGate(stage, ctx, SHORT).catch((thrown: unknown) => thrown);
}

/** What the gate says of an edge that never answers this page well. */
async function refused(path: string, answer: Answer): Promise<string> {
  await using edge = await openEdge({ [path]: answer });
  const began = performance.now();
  const ctx = contextOf();
  const thrown = await gateOf(edge.port, ctx);
  expect(performance.now() - began).toBeLessThan(MOST_MS);
  expect(thrown).toBeInstanceOf(Failure);
  expect((thrown as Failure).kind).toBe("environment");
  expect(edge.asked.filter((line) => line.endsWith(` ${path}`)).length).toBeGreaterThan(1);
  // An intent without an end is in doubt; what nobody acknowledged is no order.
  expect(ctx.history.records().filter(({ kind }) => kind === "write.result")).toEqual([]);
  return (thrown as Failure).problems.join("\n");
}

test("a shop that answers every page is open, and its two orders are in the history like any buyer's", async () => {
  await using edge = await openEdge();
  const ctx = contextOf();
  expect(await gateOf(edge.port, ctx)).toMatch(/^every page answered, 16 of 16, in/);
  for (const region of ["eu", "us"]) {
    expect(edge.asked.filter((line) => line.startsWith(region)).map((line) => line.split(" ").at(-1))).toEqual([
      "/",
      "/search?q=gate",
      "/category/1",
      "/product/19000",
      "/cart/items",
      "/cart",
      "/checkout",
      "/orders/17",
    ]);
  }
  const kinds = ctx.history.records().map(({ kind }) => kind);
  expect(kinds.toSorted()).toEqual(["write.intent", "write.intent", "write.result", "write.result"]);
});

test("a page that is never answered ends the gate at its deadline", async () => {
  expect(await refused("/cart", () => undefined)).toMatch(
    /^the gate asked GET \/cart from (eu|us) for 0\.7 s and never got an answer it could use: .*(timeout|aborted)/,
  );
});

test("a body that never ends is left after a megabyte, and one that drips at the page's deadline", async () => {
  const flood: Answer = (response) => {
    const more = (): void => {
      while (!response.destroyed && response.write("x".repeat(65_536)));
      if (!response.destroyed) response.once("drain", more);
    };
    more();
  };
  expect(await refused("/", flood)).toContain("the answer is larger than 1048576 bytes");
  const drip: Answer = (response) => {
    const timer = setInterval(() => response.write("x"), 50);
    response.on("close", () => clearInterval(timer));
  };
  expect(await refused("/", drip)).toMatch(/timeout|aborted/);
});

test("a redirect is no answer, and nobody follows it", async () => {
  await using elsewhere = await openEdge();
  const away: Answer = (response) =>
    void response.writeHead(302, { location: `http://127.0.0.1:${elsewhere.port}/` }).end();
  expect(await refused("/category/1", away)).toContain("status 302");
  expect(await refused("/checkout", away)).toContain("status 302");
  expect(elsewhere.asked).toEqual([]);
});

test.each<[string, Answer]>([
  ["a page", (response) => void response.end("<html>thank you</html>")],
  ["half of JSON", (response) => void response.end('{"orderId":"17","total')],
  ["an order without a sum", (response) => void response.end('{"orderId":"17"}')],
  ["an id that is a path", (response) => void response.end('{"orderId":"../admin","totalCents":1}')],
])("a checkout that is acknowledged by %s is no order, and is not in the history as one", async (_, answer) => {
  expect(await refused("/checkout", answer)).toContain("status 200, and no order in the answer");
});

test("an interrupt ends the gate at once, with its reason", async () => {
  await using edge = await openEdge({ "/": () => undefined });
  const interrupt = new AbortController();
  const ended = gateOf(edge.port, contextOf(interrupt.signal));
  interrupt.abort(new Error("enough"));
  expect(await ended).toMatchObject({ message: "enough" });
});
