import { PROBE_ID } from "#core/witnesses.ts";

/** How one question and its answer look in a protocol, seen as bytes: no client library, so that nothing retries or hides. */
export interface Exchange {
  readonly request: Buffer;
  /** Bytes that the first whole answer takes at the head of what has arrived; 0 while it is incomplete. */
  answerLength(received: Buffer): number;
  /** Whether a connection may carry more than one question. */
  readonly repeatable: boolean;
}

export type ProbeProtocol = "http" | "redis" | "postgres" | "tcp";

/** SSLRequest: length 8, code 80877103. Legal before any login, answered with one byte: N or S (PostgreSQL and PgBouncer). */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

/** The exchange of a protocol; undefined for `tcp`, where the handshake of the kernel is all there is. */
export function exchangeFor(protocol: ProbeProtocol, host: string, path: string): Exchange | undefined {
  switch (protocol) {
    case "http":
      return {
        request: Buffer.from(
          `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: doorbuster-probe\r\nX-Request-Id: ${PROBE_ID}\r\n\r\n`,
        ),
        answerLength: httpAnswerLength,
        repeatable: true,
      };
    case "redis":
      // Without a password the answer is -NOAUTH: the server has read, thought and answered, which is all that is asked.
      return {
        request: Buffer.from("*1\r\n$4\r\nPING\r\n"),
        answerLength: (received) => {
          const end = received.indexOf("\r\n");
          return end === -1 ? 0 : end + 2;
        },
        repeatable: true,
      };
    case "postgres":
      return { request: SSL_REQUEST, answerLength: (received) => Math.min(1, received.length), repeatable: false };
    case "tcp":
      return undefined;
  }
}

/** Length of the first HTTP/1.1 response: head, then a body by Content-Length or in chunks. */
export function httpAnswerLength(received: Buffer): number {
  const headEnd = received.indexOf("\r\n\r\n");
  if (headEnd === -1) return 0;
  const head = received.toString("latin1", 0, headEnd);
  const bodyFrom = headEnd + 4;
  const length = /^content-length:[ \t]*(\d+)/im.exec(head)?.[1];
  if (length !== undefined) {
    const whole = bodyFrom + Number(length);
    return received.length >= whole ? whole : 0;
  }
  if (/^transfer-encoding:.*chunked/im.test(head)) return chunkedEnd(received, bodyFrom);
  // 1xx, 204 and 304 have no body; anything else without a length ends with the connection and counts by its head.
  return bodyFrom;
}

function chunkedEnd(received: Buffer, bodyFrom: number): number {
  let from = bodyFrom;
  for (;;) {
    const lineEnd = received.indexOf("\r\n", from);
    if (lineEnd === -1) return 0;
    const size = Number.parseInt(received.toString("latin1", from, lineEnd), 16);
    // A chunk that is no chunk: whatever it is, something has answered.
    if (Number.isNaN(size)) return received.length;
    from = lineEnd + 2 + size + 2;
    if (received.length < from) return 0;
    if (size === 0) return from;
  }
}
