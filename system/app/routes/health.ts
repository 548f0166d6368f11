import type { FastifyInstance } from "fastify";
import type { FunctionalCheck } from "../health/functional-check.ts";
import type { Readiness } from "../health/readiness.ts";
import type { Metrics } from "../metrics.ts";

/** What balancers, supervisors and scrapers ask. Never refused: a busy replica is still alive. */
export function addHealthRoutes(
  http: FastifyInstance,
  parts: { readonly readiness: Readiness; readonly check: FunctionalCheck; readonly metrics: Metrics },
): void {
  const { readiness, check, metrics } = parts;
  http.get("/livez", () => ({ status: "ok" }));
  http.get("/readyz", (_request, reply) => {
    const ready = readiness.phase === "ready";
    return reply.code(ready ? 200 : 503).send({ status: readiness.phase, waitingFor: readiness.missing });
  });
  http.get("/functionalz", async (_request, reply) => {
    if (readiness.phase !== "ready") return reply.code(503).send({ status: "fail", parts: { phase: readiness.phase } });
    const { health, parts: words } = await check.check();
    return reply.code(health === "fail" ? 503 : 200).send({ status: health, parts: words });
  });
  http.get("/metrics", async (_request, reply) => reply.type(metrics.contentType).send(await metrics.text()));
}
