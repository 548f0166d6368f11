import { once } from "node:events";
import { connect } from "node:net";
import type { Address } from "#core/service.ts";
import type { WarmEntry } from "#system/app/cache/keys.ts";

/** Commands of one write to the socket: some 200 kB, so that Redis works while the next are put together. */
const CHUNK = 256;

/** Forty thousand values take half a second of a quarter of a core. */
const DEADLINE_MS = 20_000;

const OK = "+OK\r\n";

/**
 * Stores all entries over one connection in Redis' own protocol, without waiting for each answer (as `redis-cli --pipe`
 * does): a client library would take four times as long to make 40,000 commands and promises.
 */
export async function fill(address: Address, password: string, entries: readonly WarmEntry[]): Promise<void> {
  const socket = connect(address);
  socket.setNoDelay(true);
  const answered = new Promise<void>((resolve, reject) => {
    const expected = OK.length * (entries.length + 1);
    let received = 0;
    socket.on("data", (chunk: Buffer) => {
      const wrong = chunk.indexOf("-");
      if (wrong !== -1) {
        const text = chunk
          .subarray(wrong, wrong + 200)
          .toString("utf8")
          .split("\r\n")[0];
        reject(new Error(`the warm tier refused a value: ${text}`));
      }
      received += chunk.length;
      if (received >= expected) resolve();
    });
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("the warm tier closed the connection while it was filled")));
    AbortSignal.timeout(DEADLINE_MS).addEventListener("abort", () =>
      reject(new Error(`the warm tier took ${received / OK.length} of ${entries.length} values in ${DEADLINE_MS} ms`)),
    );
  });
  // It may fail while commands are still being written; the wait for it comes below.
  answered.catch(() => {});
  try {
    socket.write(command(["AUTH", password]));
    for (let from = 0; from < entries.length; from += CHUNK) {
      const text = entries
        .slice(from, from + CHUNK)
        .map((entry) => command(["SET", entry.key, entry.value, "PX", String(entry.ttlMs)]))
        .join("");
      if (!socket.write(text)) await Promise.race([once(socket, "drain"), answered]);
    }
    await answered;
  } finally {
    socket.destroy();
  }
}

function command(words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("")}`;
}
