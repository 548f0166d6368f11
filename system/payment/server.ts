import { createHash, timingSafeEqual } from "node:crypto";
import { type FastifyInstance, fastify, LogController } from "fastify";
import { Counter, Gauge, Registry } from "prom-client";
import { z } from "zod";
import { Captures } from "./captures.ts";
import type { PaymentConfig } from "./config.ts";
import { Ledger } from "./ledger.ts";

const bodySchema = z.strictObject({ orderKey: z.string().min(1).max(200), amountCents: z.int().positive() });
const keySchema = z.string().min(1).max(200);

/** A capture is two short fields; anything larger is no capture. */
const LARGEST_BODY_BYTES = 4_096;

export interface PaymentServer extends AsyncDisposable {
  readonly http: FastifyInstance;
}

/** The provider's HTTP face. It listens only when told to. */
export async function paymentServer(config: PaymentConfig): Promise<PaymentServer> {
  const ledger = await Ledger.open(config.ledgerPath);
  const captures = new Captures(ledger, config.seed, config.declinedShare ?? 0);
  const registry = new Registry();
  const results = new Counter({
    name: "shop_payments_total",
    help: "Answers of the payment provider by result",
    labelNames: ["result"],
    registers: [registry],
  });
  new Gauge({
    name: "shop_payments_in_flight",
    help: "Captures that were asked for and are not answered yet",
    registers: [registry],
    collect() {
      this.set(captures.underWay);
    },
  });
  const http = fastify({
    logger: { level: "info" },
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: LARGEST_BODY_BYTES,
    // While it drains it finishes what was begun: requests on open connections are still answered.
    return503OnClosing: false,
    forceCloseConnections: "idle",
  });
  const expected = digest(`Bearer ${config.token}`);
  const authorize = async (header: string | undefined): Promise<boolean> =>
    timingSafeEqual(digest(header ?? ""), expected);

  http.post("/captures", async (request, reply) => {
    if (!(await authorize(request.headers.authorization))) return reply.code(401).send({ code: "unauthorized" });
    const key = keySchema.safeParse(request.headers["idempotency-key"]);
    const body = bodySchema.safeParse(request.body);
    if (!key.success || !body.success) return reply.code(400).send({ code: "invalid" });
    const answer = await captures.capture({ idempotencyKey: key.data, ...body.data });
    results.inc({ result: answer.kind });
    if (answer.kind === "mismatch") return reply.code(422).send({ code: "key-used-for-another-capture" });
    if (answer.kind === "declined") return reply.code(402).send({ code: "declined" });
    return reply.code(answer.kind === "captured" ? 201 : 200).send(answer.capture);
  });
  http.get("/captures", async (request, reply) => {
    if (!(await authorize(request.headers.authorization))) return reply.code(401).send({ code: "unauthorized" });
    const all = ledger.all();
    return {
      captures: all.filter(({ declined }) => declined !== true),
      declined: all.filter(({ declined }) => declined === true).map(({ orderKey }) => orderKey),
    };
  });
  http.get("/livez", async () => ({ status: "ok" }));
  http.get("/metrics", async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()));

  return {
    http,
    async [Symbol.asyncDispose]() {
      await http.close();
      await ledger[Symbol.asyncDispose]();
    },
  };
}

/** Digests have one length, so that comparing them tells nothing about the token's. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
