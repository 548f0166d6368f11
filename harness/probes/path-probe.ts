import { performance } from "node:perf_hooks";
import type { ProbeReading, Reading } from "#core/injector.ts";
import type { Address } from "#core/service.ts";
import type { PathProbe } from "#core/substrate.ts";
import { exchangeFor, type ProbeProtocol } from "./exchange.ts";
import { ProbeConnection } from "./probe-connection.ts";

export interface ProbeOptions {
  /** Name in readings and in the report: a link's or a node's id. */
  readonly target: string;
  readonly address: Address;
  readonly protocol: ProbeProtocol;
  /** HTTP only; default `/livez`, which every service of ours answers without asking anybody else. */
  readonly path?: string;
}

/**
 * Held connections where one carries a single question (PostgreSQL before login knows one SSLRequest). One is used up
 * by each look: three before a fault, up to three for the proof and in mid-window, one or two at the end; when all are
 * used up, a fault that was proven is read on fresh connections alone.
 * PostgreSQL and PgBouncer both end a connection that has not logged in after 60 s: a fault that outlasts that is read
 * on fresh connections alone.
 */
const HELD_FOR_SINGLE_QUESTIONS = 10;

/** A connect on loopback takes microseconds; what needs longer than this is measured, not waited for. */
const OPENING_DEADLINE_MS = 2_000;

/**
 * A probe of one data path: as a client at its near end would feel it. Resolves with its connections open, or known to
 * be refused; never rejects. Behind a proxy a dead far end reads as `closed`, because the proxy accepts first.
 */
export async function openProbe(options: ProbeOptions): Promise<PathProbe> {
  const exchange = exchangeFor(options.protocol, options.address.host, options.path ?? "/livez");
  const heldCount = exchange === undefined ? 0 : exchange.repeatable ? 1 : HELD_FOR_SINGLE_QUESTIONS;
  const held = Array.from({ length: heldCount }, () => new ProbeConnection(options.address, exchange));
  await Promise.all(held.map((connection) => connection.opened(OPENING_DEADLINE_MS)));

  const askFresh = async (deadlineMs: number): Promise<Reading> => {
    const startedAt = performance.now();
    const connection = new ProbeConnection(options.address, exchange);
    try {
      return await connection.ask(startedAt, deadlineMs);
    } finally {
      connection.close();
    }
  };

  /**
   * Undefined when every held connection has had its question, and on bare TCP: with nothing to ask, an open connection
   * says nothing, and a closed one belongs to protocols that speak once and hang up (HAProxy's agent-check).
   */
  const askHeld = async (deadlineMs: number): Promise<Reading | undefined> => {
    const connection = held.find((each) => !each.isSpent);
    return await connection?.ask(performance.now(), deadlineMs);
  };

  return {
    target: options.target,
    measure: async (deadlineMs): Promise<ProbeReading> => {
      const [fresh, onHeld] = await Promise.all([askFresh(deadlineMs), askHeld(deadlineMs)]);
      return { target: options.target, fresh, ...(onHeld === undefined ? {} : { held: onHeld }) };
    },
    [Symbol.asyncDispose]: async () => {
      for (const connection of held) connection.close();
    },
  };
}
