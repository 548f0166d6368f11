import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { InDoubtError, NotExecutedError } from "../database/failures.ts";
import type { Log } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import type { Admission, Work } from "../overload/admission.ts";

/** The words of the metrics for what can be asked for. */
type PageName =
  | "home"
  | "search"
  | "category"
  | "product"
  | "cart"
  | "add"
  | "checkout"
  | "order"
  | "reports"
  | "analytics";

/** An answer as text: pages are put together from JSON that the cache tiers hold. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly retryAfterSeconds?: number;
  /** Says that nothing happened, for sure. */
  readonly notExecuted?: boolean;
}

export interface Page {
  readonly name: PageName;
  readonly method: "GET" | "POST";
  readonly url: string;
  readonly work: Work;
  readonly handle: (request: FastifyRequest) => Promise<Answer> | Answer;
}

export interface PageTools {
  readonly admission: Admission;
  readonly metrics: Metrics;
  readonly log: Log;
}

const JSON_TYPE = "application/json; charset=utf-8";

export const NOT_FOUND: Answer = { status: 404, body: '{"code":"not-found"}' };
export const INVALID: Answer = { status: 422, body: '{"code":"invalid"}' };
const SHED: Answer = { status: 503, body: '{"code":"shed"}', retryAfterSeconds: 1, notExecuted: true };

export function ok(body: string): Answer {
  return { status: 200, body };
}

/** Adds a page: admission before it, an answer for every failure, and its figures. */
export function addPage(http: FastifyInstance, page: Page, tools: PageTools): void {
  const { admission, metrics, log } = tools;
  http.route({
    method: page.method,
    url: page.url,
    handler: async (request, reply) => {
      if (admission.enter(page.work, budgetOf(request)) !== undefined) {
        metrics.shed(page.name);
        return send(reply, SHED, page, metrics);
      }
      try {
        return send(reply, await page.handle(request), page, metrics);
      } catch (error) {
        return send(reply, answerToFailure(error, page, log), page, metrics);
      } finally {
        admission.leave(page.work);
      }
    },
  });
}

function send(reply: FastifyReply, answer: Answer, page: Page, metrics: Metrics): string {
  metrics.answered(page.name, answer.status);
  reply.code(answer.status).header("content-type", JSON_TYPE);
  if (answer.retryAfterSeconds !== undefined) reply.header("retry-after", answer.retryAfterSeconds);
  if (answer.notExecuted === true) reply.header("x-not-executed", "1");
  return answer.body;
}

/** What the caller has left, where it says so. */
function budgetOf(request: FastifyRequest): number | undefined {
  const header = request.headers["x-deadline-ms"];
  if (typeof header !== "string") return undefined;
  const budgetMs = Number(header);
  return Number.isFinite(budgetMs) && budgetMs >= 0 ? budgetMs : undefined;
}

/** Whoever reads is told to come again; a write is only told so when it surely did not happen. */
function answerToFailure(error: unknown, page: Pick<Page, "name" | "method">, log: Log): Answer {
  if (error instanceof NotExecutedError) {
    return { status: 503, body: '{"code":"unavailable"}', retryAfterSeconds: 1, notExecuted: true };
  }
  if (error instanceof InDoubtError) return { status: 504, body: '{"code":"in-doubt"}' };
  if (page.method === "GET" && !(error instanceof TypeError)) {
    return { status: 503, body: '{"code":"unavailable"}', retryAfterSeconds: 1, notExecuted: true };
  }
  log.error(`${page.name} failed`, error);
  return { status: 500, body: '{"code":"internal"}' };
}

/** What never became a request of a page: a body that is no JSON or too large. Nothing was done for it. */
export function answerMalformed(error: unknown, reply: FastifyReply, log: Log): FastifyReply {
  const status = error instanceof Error && "statusCode" in error ? error.statusCode : 500;
  if (typeof status !== "number" || status >= 500) {
    log.error("a request failed outside of its page", error);
    return reply.code(500).header("content-type", JSON_TYPE).send('{"code":"internal"}');
  }
  return reply.code(status).header("content-type", JSON_TYPE).send('{"code":"malformed"}');
}
