import { connect, type Socket } from "node:net";
import { performance } from "node:perf_hooks";
import type { Reading } from "#core/injector.ts";
import type { Address } from "#core/service.ts";
import type { Exchange } from "./exchange.ts";

type End = "refused" | "closed";

/** An answer to a probe has some hundred bytes. Who sends without end is left: nothing of that could be taken for one. */
const MOST_BYTES = 1_048_576;

/**
 * One TCP connection of a probe. Its state is kept from the first packet on, so that an end that comes between two
 * measures is seen by the next one. Answers that come after their deadline are counted off, never taken for a later one.
 */
export class ProbeConnection {
  readonly #socket: Socket;
  readonly #exchange: Exchange | undefined;
  #connected = false;
  #end: End | undefined;
  #received: Buffer = Buffer.alloc(0);
  #asked = 0;
  #answered = 0;
  #wake: (() => void) | undefined;

  constructor(address: Address, exchange: Exchange | undefined) {
    this.#exchange = exchange;
    this.#socket = connect({ host: address.host, port: address.port, noDelay: true });
    this.#socket.on("connect", () => {
      this.#connected = true;
      this.#wake?.();
    });
    this.#socket.on("data", (chunk: Buffer) => this.#take(chunk));
    this.#socket.on("error", (error: NodeJS.ErrnoException) =>
      this.#endAs(this.#connected ? "closed" : reasonOf(error)),
    );
    this.#socket.on("close", () => this.#endAs(this.#connected ? "closed" : "refused"));
    // A peer that half-closes has ended the talk: Node closes our side by itself (allowHalfOpen is off).
    this.#socket.on("end", () => this.#endAs("closed"));
  }

  get isOpen(): boolean {
    return this.#connected && this.#end === undefined;
  }

  /** Whether this connection has carried all the questions that its protocol allows. */
  get isSpent(): boolean {
    return this.#exchange?.repeatable === false && this.#answered > 0;
  }

  /** Resolves when the connection stands, or failed, or the deadline passed. */
  async opened(deadlineMs: number): Promise<void> {
    await this.#until(() => this.#connected, performance.now() + deadlineMs);
  }

  /**
   * Asks and waits for the answer. Time counts from `startedAt`, which for a fresh connection lies before the connect.
   * Where an earlier question is still unanswered and the protocol knows only one, it waits for that answer.
   */
  async ask(startedAt: number, deadlineMs: number): Promise<Reading> {
    const deadline = startedAt + deadlineMs;
    const reading = (kind: Reading["kind"]): Reading => ({ kind, ms: performance.now() - startedAt });
    await this.#until(() => this.#connected, deadline);
    if (!this.isOpen) return reading(this.#end ?? "silent");
    if (this.#exchange === undefined) return reading("answered");
    if (this.#exchange.repeatable || this.#asked === 0) {
      this.#asked += 1;
      this.#socket.write(this.#exchange.request);
    }
    await this.#until(() => this.#answered >= this.#asked, deadline);
    // An answer counts even where the peer has closed behind it.
    return reading(this.#answered >= this.#asked ? "answered" : (this.#end ?? "silent"));
  }

  close(): void {
    this.#wake = undefined;
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    if (this.#exchange === undefined) return;
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    for (;;) {
      const length = this.#exchange.answerLength(this.#received);
      if (length === 0) break;
      this.#received = this.#received.subarray(length);
      // What nobody asked for, as a balancer's 408 on an idle connection, is no answer.
      if (this.#answered < this.#asked) this.#answered += 1;
    }
    if (this.#received.length > MOST_BYTES) {
      this.#endAs("closed");
      this.#socket.destroy();
    }
    this.#wake?.();
  }

  #endAs(end: End): void {
    this.#end ??= end;
    this.#wake?.();
  }

  /** Resolves when the condition holds, the connection has ended, or the deadline has passed. */
  #until(condition: () => boolean, deadline: number): Promise<void> {
    return new Promise((resolve) => {
      const leftMs = deadline - performance.now();
      if (condition() || this.#end !== undefined || leftMs <= 0) {
        resolve();
        return;
      }
      const done = (): void => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
      const timer = setTimeout(done, leftMs);
      this.#wake = () => {
        if (condition() || this.#end !== undefined) done();
      };
    });
  }
}

/** A reset during the connect means that something took the connection and threw it away; all else is no listener. */
function reasonOf(error: NodeJS.ErrnoException): End {
  return error.code === "ECONNRESET" || error.code === "EPIPE" ? "closed" : "refused";
}
