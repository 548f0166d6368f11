import pg from "pg";
import { OverdueError } from "../deadline.ts";

/** Nothing happened, for sure: the caller may try again, also with a write. */
export class NotExecutedError extends Error {
  readonly reason: string;

  constructor(reason: string, options?: ErrorOptions) {
    super(`not executed: ${reason}`, options);
    this.name = "NotExecutedError";
    this.reason = reason;
  }
}

/** A place in line was free, but the connection did not open in time: it says something of the server, not of the line. */
export class DialTimeoutError extends Error {
  constructor(waitMs: number) {
    super(`the connection did not open within ${Math.round(waitMs)} ms`);
    this.name = "DialTimeoutError";
  }
}

/** A statement left and its answer did not come: nobody can know from here whether it took effect. */
export class InDoubtError extends Error {
  constructor(what: string, options?: ErrorOptions) {
    super(`in doubt: ${what}`, options);
    this.name = "InDoubtError";
  }
}

/** SQLSTATE classes and codes after which a connection is of no use: it breaks, the server goes, or it is no primary. */
const CONNECTION_CODES = /^(08|57P0|25006)/;
/** The statement may or may not have been completed. */
const COMPLETION_UNKNOWN = "40003";
/** PgBouncer's word for a client that waited for a server connection in vain: its statement was never passed on. */
const POOLER_QUEUE = "query_wait_timeout";

/**
 * Whether the connection must go. An SQL error (a unique violation, a lock time-out) is no reason: giving up the
 * connection for each would turn a storm of conflicts into a storm of reconnects.
 */
export function spoilsConnection(error: unknown): boolean {
  if (!(error instanceof pg.DatabaseError)) return true;
  return error.severity === "FATAL" || error.severity === "PANIC" || CONNECTION_CODES.test(error.code ?? "08");
}

/** Whether a statement in a transaction of its own, sent and answered like this, surely had no effect. */
export function provesNothingHappened(error: unknown): boolean {
  if (!(error instanceof pg.DatabaseError)) return false;
  if (error.message.includes(POOLER_QUEUE)) return true;
  if (error.severity !== "ERROR" || error.code === undefined) return false;
  return error.code !== COMPLETION_UNKNOWN && !/^(08|57P)/.test(error.code);
}

/** What a failure says of the server that was asked: it hangs, it fails, or nothing, because it was never reached. */
export function symptomOf(error: unknown): "timeout" | "error" | undefined {
  if (error instanceof NotExecutedError) {
    if (error.cause === undefined) return undefined;
    return error.cause instanceof DialTimeoutError ? "timeout" : "error";
  }
  return error instanceof OverdueError ? "timeout" : "error";
}

/** Whether another server may well answer: the mistake is not in the statement. */
export function isServersFault(error: unknown): boolean {
  if (error instanceof NotExecutedError) return true;
  if (!(error instanceof pg.DatabaseError)) return true;
  // 40001: cancelled by recovery on a replica. 53: out of resources. 57: shutting down, cancelled.
  return spoilsConnection(error) || /^(40001|53|57)/.test(error.code ?? "");
}
