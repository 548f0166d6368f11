import { request } from "node:http";
import { connect } from "node:net";
import { Client } from "pg";
import type { Address, ReadyCheck, ServiceLaunch } from "#core/service.ts";

/** One look must not hang longer than this: the next may find a node that was busy starting. */
const LOOK_MS = 1_000;

/** One look at whether a node can do its work. @throws with what was seen instead. */
export async function lookReady(check: ReadyCheck, address: Address): Promise<void> {
  switch (check.kind) {
    case "http":
      return await lookHttp(address, check.path);
    case "tcp":
      return await lookTcp(address);
    case "redis":
      return await lookRedis(address, check.password);
    case "postgres": {
      const { user, password, database } = check;
      return await query({ ...address, user, password, database }, ["select 1"]);
    }
  }
}

/** Whether somebody accepts connections there, as a kernel would tell. */
export function lookTcp({ host, port }: Address): Promise<void> {
  const accepted = Promise.withResolvers<void>();
  const socket = connect({ host, port, signal: AbortSignal.timeout(LOOK_MS) });
  socket.once("connect", () => {
    socket.destroy();
    accepted.resolve();
  });
  socket.once("error", accepted.reject);
  return accepted.promise;
}

function lookHttp({ host, port }: Address, path: string): Promise<void> {
  const answered = Promise.withResolvers<void>();
  const sent = request({ host, port, path, agent: false, signal: AbortSignal.timeout(LOOK_MS) }, (response) => {
    response.resume();
    const status = response.statusCode ?? 0;
    if (status >= 200 && status < 300) answered.resolve();
    else answered.reject(new Error(`${path} answered ${status}`));
  });
  sent.once("error", answered.reject);
  sent.end();
  return answered.promise;
}

/** Redis answers PING with an error while it loads its data, and PONG afterwards. */
function lookRedis({ host, port }: Address, password: string): Promise<void> {
  const answered = Promise.withResolvers<void>();
  const socket = connect({ host, port, signal: AbortSignal.timeout(LOOK_MS) });
  let seen = "";
  socket.once("connect", () => socket.write(`${password === "" ? "" : `AUTH ${password}\r\n`}PING\r\n`));
  socket.on("data", (bytes) => {
    seen += bytes.toString("latin1");
    if (seen.includes("+PONG")) {
      socket.destroy();
      answered.resolve();
    } else if (seen.includes("-")) {
      socket.destroy(new Error(`it answered ${seen.trim()}`));
    }
  });
  socket.once("error", answered.reject);
  socket.once("close", () => answered.reject(new Error("it closed the connection")));
  return answered.promise;
}

/** Runs the statements of a first start on the administrative socket. */
export async function runFirstStart(first: NonNullable<ServiceLaunch["firstStart"]>, port: number): Promise<void> {
  const { socketFolder, database, user } = first;
  await query({ host: socketFolder, port, database, user }, first.sql, FIRST_START_MS);
}

/** Whether the administrative socket accepts a login. */
export async function lookFirstStart(first: NonNullable<ServiceLaunch["firstStart"]>, port: number): Promise<void> {
  await runFirstStart({ ...first, sql: [] }, port);
}

/** Statements of a first start change a few thousand rows at most. */
const FIRST_START_MS = 20_000;

async function query(
  login: { host: string; port: number; database: string; user: string; password?: string },
  statements: readonly string[],
  deadlineMs = LOOK_MS,
): Promise<void> {
  const client = new Client({
    ...login,
    ssl: false,
    application_name: "doorbuster-substrate",
    connectionTimeoutMillis: LOOK_MS,
    query_timeout: deadlineMs,
  });
  // A connection that breaks after the answer is of no interest; without a listener it would end the process.
  client.on("error", () => undefined);
  try {
    await client.connect();
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end().catch(() => undefined);
  }
}
