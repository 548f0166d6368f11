import http, { type RefinedResponse, type ResponseType } from "k6/http";
import { FLAGS, laneOf, MARKS, PAGES } from "../record.ts";
import { nowMs } from "./clock.ts";
import { addressOf, bodyOf, methodOf, otherThan } from "./request.ts";
import type { Settings } from "./settings.ts";

/** A step as the script needs it; `parameter` keeps the form of the timetable. */
export interface Step {
  readonly index: number;
  readonly atMs: number;
  readonly letter: string;
  readonly region: string;
  readonly visit: string;
  readonly retryAfterMs: number;
  readonly parameter: string;
  readonly submission: string;
}

export interface Attempted {
  readonly attempt: number;
  /** No answer or a 5xx: a person would try again. */
  readonly failed: boolean;
}

type Reply = RefinedResponse<ResponseType>;

interface Call {
  readonly letter: string;
  readonly id: string;
  readonly key: string;
  readonly method: string;
  readonly url: string;
  readonly body: string | null;
  /** The key of an acknowledged purchase comes back with another body. */
  readonly clashes: boolean;
  readonly params: { readonly [name: string]: unknown };
}

/** Made once: k6's engine builds a literal anew each time it comes by (3 % of its time). */
/** PostgreSQL writes a blank behind the colon. */
const ORDER_ID = /"orderId": ?"?([\w-]{1,64})\b/;
const BLANKS = /\s+/g;

/** Of what was said: an order of ten lines takes two thousand. What is cut is no order any more, and counts as none. */
const MOST_SAID = 16_000;

/** k6's codes for "the connection could not be opened". */
const DIAL_ERRORS = [1101, 1210, 1211, 1212, 1213];

/** One user's hands: sends requests and writes a record of each. */
export class Shopper {
  readonly zeroMs: number;
  readonly #lane: string;
  readonly #number: number;
  readonly #settings: Settings;
  /**
   * Retry budget. It starts at a different level for each user: in an outage one request in ten is tried again from its
   * first second on, and never all users at the same request.
   */
  #tokens: number;
  #orderId = "";
  /** No connection can be open: nothing was sent yet, or the last attempt found none and could not open one. */
  #fresh = true;

  constructor(lane: string, number: number, zeroMs: number, settings: Settings) {
    this.#lane = lane;
    this.#number = number;
    this.zeroMs = zeroMs;
    this.#settings = settings;
    // Multiples of the golden ratio spread evenly over the unit interval.
    this.#tokens = (number * 0.618034) % 1;
  }

  nowUs(): number {
    return this.#us(nowMs());
  }

  #us(ms: number): number {
    return Math.round((ms - this.zeroMs) * 1_000);
  }

  /** True once for each whole token. */
  mayRetry(): boolean {
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  earn(share: number): void {
    this.#tokens += share;
  }

  lose(step: Step): void {
    const lane = laneOf(this.#lane, step.letter);
    const where = `${lane}\t${step.region}\t${this.#number}\t${step.index}\t${PAGES[step.letter]}`;
    console.log(`${MARKS.lost}\t${where}\t${step.atMs * 1_000}`);
  }

  send(step: Step, attempt: number, plannedMs: number): Attempted {
    const call = this.#call(step, attempt);
    const fresh = this.#fresh;
    const sentMs = nowMs();
    const reply = http.request(call.method, call.url, call.body, call.params);
    return this.#record(step, call, attempt, plannedMs, sentMs, nowMs(), reply, fresh);
  }

  /** The last checkout was acknowledged. */
  hasOrder(): boolean {
    return this.#orderId !== "";
  }

  /** Sends the key of a checkout again, with another body. Whatever comes of it, the order of before stays this user's. */
  clash(step: Step, attempt: number): void {
    const call = this.#call({ ...step, parameter: otherThan(step.parameter) }, attempt, true);
    const fresh = this.#fresh;
    const sentMs = nowMs();
    const reply = http.request(call.method, call.url, call.body, call.params);
    this.#record(step, call, attempt, sentMs, sentMs, nowMs(), reply, fresh);
  }

  /** Two submissions of the same key at the same moment, as of a double click. */
  sendTwice(step: Step, plannedMs: number): Attempted {
    const calls = [this.#call(step, 1), this.#call(step, 2)];
    const fresh = this.#fresh;
    const sentMs = nowMs();
    const replies = http.batch(calls);
    const endedMs = nowMs();
    let last: Attempted = { attempt: 2, failed: true };
    for (const [i, call] of calls.entries()) {
      const reply = replies[i] as Reply;
      // `batch` returns with the slower of the two; an answered one tells its own time.
      const own = sentMs + reply.timings.blocked + reply.timings.connecting + reply.timings.duration;
      const ended = reply.status > 0 ? Math.min(own, endedMs) : endedMs;
      const attempted = this.#record(step, call, i + 1, plannedMs, sentMs, ended, reply, fresh);
      last = { attempt: 2, failed: last.failed && attempted.failed };
    }
    return last;
  }

  #call(step: Step, attempt: number, clashes = false): Call {
    const { runId, edge, patienceMs } = this.#settings;
    // A buyer whose order never came about looks at the cart instead.
    const letter = step.letter === "o" && this.#orderId === "" ? "v" : step.letter;
    const buyer = this.#lane === "buyers";
    const name = buyer ? `b${step.visit}` : String(this.#number);
    const session = buyer ? `${step.region}-${name}-${runId}` : `${step.region}-${name}-${runId}-${step.visit}`;
    const key = buyer ? `${runId}-b-${step.visit}` : `${runId}-u${name}-${step.index}`;
    const id = `${runId}.${name}.${step.index}.${attempt}`;
    const headers: Record<string, string> = {
      "X-Request-Id": id,
      "X-Geo": step.region,
      "X-Session": session,
    };
    const body = bodyOf(letter, step.parameter);
    if (body !== null) headers["Content-Type"] = "application/json";
    const checkout = letter === "k";
    if (checkout) {
      headers["Idempotency-Key"] = key;
      if (attempt === 1) this.#orderId = "";
      const where = `${this.#lane}\t${step.region}\t${this.#number}\t${step.index}\t${attempt}`;
      // A clash is no purchase: nobody means to buy it.
      if (!clashes) console.log(`${MARKS.intent}\t${where}\t${key}\t${session}\t${step.parameter}\t${this.nowUs()}`);
    }
    return {
      letter,
      id,
      key: checkout ? key : "",
      method: methodOf(letter),
      url: edge + addressOf(letter, step.parameter, this.#orderId),
      body,
      clashes,
      params: {
        headers,
        timeout: patienceMs,
        redirects: 0,
        responseType: checkout || letter === "o" ? "text" : "none",
      },
    };
  }

  #record(
    step: Step,
    call: Call,
    attempt: number,
    plannedMs: number,
    sentMs: number,
    endedMs: number,
    reply: Reply,
    fresh: boolean,
  ): Attempted {
    const { status } = reply;
    const checkout = call.letter === "k";
    this.#fresh = status === 0 && DIAL_ERRORS.includes(reply.error_code);
    let flags = fresh ? FLAGS.fresh : "";
    // Reading headers copies all of them, so only where one matters.
    if (checkout && status === 503 && reply.headers["X-Not-Executed"] !== undefined) flags += FLAGS.notExecuted;
    let said = status === 0 ? reply.error : "";
    if (call.clashes) said = status === 0 ? said : String(reply.body);
    else if (checkout && (status === 200 || status === 201 || status === 410)) {
      said = String(reply.body);
      this.#orderId = ORDER_ID.exec(said)?.[1] ?? this.#orderId;
    } else if (call.letter === "o" && status > 0) {
      said = `${this.#orderId} ${String(reply.body)}`;
    }
    if (said.length > MOST_SAID) said = said.slice(0, MOST_SAID);
    const lane = call.clashes ? "clashes" : laneOf(this.#lane, step.letter);
    const where = `${lane}\t${step.region}\t${this.#number}\t${step.index}\t${attempt}`;
    const pages = `${PAGES[step.letter]}\t${PAGES[call.letter]}`;
    const times = `${this.#us(plannedMs)}\t${this.#us(sentMs)}\t${this.#us(endedMs)}`;
    const outcome = `${status}\t${reply.error_code}\t${flags}\t${call.id}\t${call.key}\t${said.replace(BLANKS, " ")}`;
    console.log(`${MARKS.attempt}\t${where}\t${pages}\t${times}\t${outcome}`);
    return { attempt, failed: status === 0 || status >= 500 };
  }
}
