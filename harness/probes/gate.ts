import { z } from "zod";
import type { RunContext } from "#core/context.ts";
import { Failure, messageOf } from "#core/errors.ts";
import type { Stage } from "#core/substrate.ts";
import type { Region } from "#core/topology.ts";

/** A shop that has not answered every page after this long is not going to; a page that takes longer is asked again. */
const PATIENCE: Patience = { allMs: 30_000, pageMs: 5_000 };
const PAUSE_MS = 100;
/** Our pages have some kilobytes. */
const MOST_BYTES = 1_048_576;
/** A product that no shopper's stock depends on. */
const PRODUCT = 19_000;

type Shop = Pick<Stage, "edge" | "topology">;

/** How long the gate waits for everything, and for one page of it. */
interface Patience {
  readonly allMs: number;
  readonly pageMs: number;
}

interface Step {
  readonly page: string;
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: unknown;
  readonly key?: string;
}

/**
 * Asks every page from every region through the edge until each has answered well: the shop is open. The one order of
 * each region is recorded like any buyer's, so that the books still balance.
 * @throws Failure of kind `environment` with the pages that never answered.
 */
export async function openGate(stage: Shop, ctx: RunContext, patience = PATIENCE): Promise<string> {
  const began = ctx.clock.now();
  const counts = await Promise.all(
    stage.topology.regions.map((region) => walk({ stage, ctx, region, began, patience })),
  );
  const total = counts.reduce((sum, count) => sum + count, 0);
  return `every page answered, ${total} of ${total}, in ${((ctx.clock.now() - began) / 1_000).toFixed(1)}s`;
}

/** A walk through all pages from one region. */
interface Walk {
  readonly stage: Shop;
  readonly ctx: RunContext;
  readonly region: Region;
  readonly began: number;
  readonly patience: Patience;
}

async function walk(on: Walk): Promise<number> {
  const { ctx, region } = on;
  const key = `${ctx.runId}-gate-${region}`;
  const lines = [{ productId: PRODUCT, quantity: 1 }];
  const steps: readonly Step[] = [
    { page: "home", method: "GET", path: "/" },
    { page: "search", method: "GET", path: "/search?q=gate" },
    { page: "category", method: "GET", path: "/category/1" },
    { page: "product", method: "GET", path: `/product/${PRODUCT}` },
    { page: "add", method: "POST", path: "/cart/items", body: lines[0] },
    { page: "cart", method: "GET", path: "/cart" },
    { page: "checkout", method: "POST", path: "/checkout", body: { lines }, key },
  ];
  let orderId: string | undefined;
  for (const step of steps) {
    if (step.key !== undefined) {
      ctx.history.append("harness", { kind: "write.intent", key, attempt: 1, session: session(region), lines });
    }
    const reply = await askUntil(on, step);
    if (step.key !== undefined && reply.order !== undefined) orderId = recordOrder(ctx, key, reply.status, reply.order);
  }
  await askUntil(on, { page: "order", method: "GET", path: `/orders/${orderId}` });
  return steps.length + 1;
}

function session(region: Region): string {
  return `${region}-gate`;
}

interface Reply {
  readonly status: number;
  /** Of a checkout, where the answer names one. */
  readonly order: z.infer<typeof orderSchema> | undefined;
}

async function askUntil(on: Walk, step: Step): Promise<Reply> {
  const { ctx, region, began, patience } = on;
  for (let attempt = 1; ; attempt += 1) {
    let problem: string;
    try {
      const reply = await ask(on, step, attempt);
      const named = step.key === undefined || reply.order !== undefined;
      if (reply.status >= 200 && reply.status < 300 && named) return reply;
      problem = named ? `status ${reply.status}` : `status ${reply.status}, and no order in the answer`;
    } catch (thrown) {
      ctx.signal.throwIfAborted();
      problem = messageOf(thrown);
    }
    if (ctx.clock.now() > began + patience.allMs) {
      throw new Failure(
        "environment",
        [
          `the gate asked ${step.method} ${step.path} from ${region} for ${patience.allMs / 1_000} s and never got an answer it could use: ${problem}`,
        ],
        "Look into the logs of the run's folder; nothing was measured.",
      );
    }
    await ctx.clock.sleep(PAUSE_MS, ctx.signal);
  }
}

async function ask({ stage, ctx, region, patience }: Walk, step: Step, attempt: number): Promise<Reply> {
  const response = await fetch(`http://${stage.edge.host}:${stage.edge.port}${step.path}`, {
    method: step.method,
    headers: {
      "x-request-id": `${ctx.runId}.gate.${region}.${step.page}.${attempt}`,
      "x-geo": region,
      "x-session": session(region),
      ...(step.body === undefined ? {} : { "content-type": "application/json" }),
      ...(step.key === undefined ? {} : { "idempotency-key": step.key }),
    },
    ...(step.body === undefined ? {} : { body: JSON.stringify(step.body) }),
    // Wherever it would lead is not the shop that was asked.
    redirect: "manual",
    signal: AbortSignal.any([AbortSignal.timeout(patience.pageMs), ctx.signal]),
  });
  const text = await limitedText(response);
  // An acknowledgement that names no order is no answer that a buyer could use.
  return { status: response.status, order: orderSchema.safeParse(parseJson(text)).data };
}

/** @throws Error when there is more than a page has. */
async function limitedText(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MOST_BYTES) throw new Error(`the answer is larger than ${MOST_BYTES} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const orderSchema = z.object({
  orderId: z.union([z.string().regex(/^[\w-]{1,64}$/), z.number().int()]).transform(String),
  totalCents: z.number().int(),
});

function recordOrder(ctx: RunContext, key: string, status: number, order: z.infer<typeof orderSchema>): string {
  const { orderId, totalCents } = order;
  ctx.history.append("harness", { kind: "write.result", key, attempt: 1, result: "ok", status, orderId, totalCents });
  return orderId;
}
