import { Redis } from "ioredis";
import pg from "pg";
import type { Stage } from "#core/substrate.ts";
import { type NodeSpec, type Role, selectNodes } from "#core/topology.ts";
import { ADMINISTRATOR, ADMINISTRATOR_SECRET, DATABASE } from "#system/postgres/names.ts";

/** Evidence is read when the shop is idle; what does not answer in this time is not idle. */
const CONNECT_MS = 2_000;

/** Reading 100,000 orders with their lines takes a machine of this size some seconds. */
export const QUERY_MS = 30_000;

export function nodesOf(stage: Stage, role: Role): readonly NodeSpec[] {
  return selectNodes(stage.topology, { role }).filter((node) => node.spare === undefined);
}

export function has(stage: Stage, role: Role, protection?: string): boolean {
  return (
    nodesOf(stage, role).length > 0 && (protection === undefined || stage.topology.protections.includes(protection))
  );
}

/** A session of the administrator, past the links: the network's faults are over, and evidence is no traffic. */
export async function withDatabase<Result>(
  stage: Stage,
  node: string,
  work: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client({
    ...stage.direct(node, "sql"),
    user: ADMINISTRATOR,
    password: stage.secret(ADMINISTRATOR_SECRET),
    database: DATABASE,
    application_name: "evidence",
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: QUERY_MS,
  });
  client.on("error", () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

export async function withRedis<Result>(
  stage: Stage,
  node: NodeSpec,
  work: (redis: Redis) => Promise<Result>,
): Promise<Result> {
  const redis = new Redis({
    ...stage.direct(node.id, "redis"),
    password: stage.secret(node.role),
    connectTimeout: CONNECT_MS,
    commandTimeout: 5_000,
    maxRetriesPerRequest: 1,
  });
  redis.on("error", () => {});
  try {
    return await work(redis);
  } finally {
    redis.disconnect();
  }
}

export async function askHttp(stage: Stage, role: Role, path: string, token?: string): Promise<unknown> {
  const node = nodesOf(stage, role)[0];
  if (node === undefined) throw new Error(`this shop has no ${role}`);
  const { host, port } = stage.direct(node.id, "http");
  const response = await fetch(`http://${host}:${port}${path}`, {
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    redirect: "error",
    signal: AbortSignal.timeout(QUERY_MS),
  });
  if (!response.ok) throw new Error(`${role} answered ${response.status} to ${path}`);
  return response.json();
}
