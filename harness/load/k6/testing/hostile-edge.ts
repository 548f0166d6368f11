import { createServer, type Socket } from "node:net";
import { gzipSync } from "node:zlib";

/** Ways in which a checkout is answered that no shop should answer; the first is as it should be. */
export const ANSWERS = [
  "good",
  "huge",
  "endless headers",
  "endless body",
  "binary",
  "a page",
  "half of JSON",
  "an id of lines",
  "an id of a million digits",
  "a sum beyond numbers",
  "a redirect",
  "a bomb",
  "no HTTP",
  "no such status",
  "two lengths",
  "a letter a second",
  "half a body",
] as const;
type Answer = (typeof ANSWERS)[number];

const ORDER = '{"lines": [], "status": "paid", "orderId": "7", "totalCents": 995}';

function reply(head: string, body: string | Buffer = ""): Buffer {
  const bytes = Buffer.from(body);
  return Buffer.concat([Buffer.from(`HTTP/1.1 ${head}\r\nContent-Length: ${bytes.length}\r\n\r\n`), bytes]);
}

/** What is written at once, and what goes on being written until the other side has had enough. */
function answerOf(
  answer: Answer,
  elsewhere: number,
): { readonly first: Buffer; readonly more?: readonly [string, number] } {
  switch (answer) {
    case "good":
      return { first: reply("201 Created", ORDER) };
    case "huge":
      return { first: reply("201 Created", `{"x": "${"y".repeat(5_000_000)}", ${ORDER.slice(1)}`) };
    case "endless headers":
      return { first: Buffer.from("HTTP/1.1 201 Created\r\n"), more: [`X-More: ${"x".repeat(50_000)}\r\n`, 5] };
    case "endless body":
      return { first: Buffer.from(`HTTP/1.1 201 Created\r\n\r\n${ORDER}`), more: ["x".repeat(10_000), 20] };
    case "binary":
      return { first: reply("201 Created", Buffer.from(Array.from({ length: 4_096 }, (_, at) => (at * 31) % 256))) };
    case "a page":
      return { first: reply("201 Created\r\nContent-Type: text/html", "<html>\n\t<script>alert(1)</script></html>") };
    case "half of JSON":
      return { first: reply("201 Created", ORDER.slice(0, -10)) };
    case "an id of lines":
      return {
        first: reply(
          "201 Created",
          '{"orderId": "7\\tA\\tbuyers\\nA\\teu", "totalCents": 995, "lines": []}\nA\tbuyers\teu\n',
        ),
      };
    case "an id of a million digits":
      return { first: reply("201 Created", `{"orderId": ${"7".repeat(1_000_000)}, "totalCents": 995, "lines": []}`) };
    case "a sum beyond numbers":
      return { first: reply("201 Created", '{"orderId": "7", "totalCents": 1e400, "lines": []}') };
    case "a redirect":
      return { first: reply(`302 Found\r\nLocation: http://127.0.0.1:${elsewhere}/`, ORDER) };
    case "a bomb":
      return { first: reply("201 Created\r\nContent-Encoding: gzip", gzipSync(Buffer.alloc(20_000_000, ORDER))) };
    case "no HTTP":
      return { first: Buffer.from("SSH-2.0-OpenSSH_9.9\r\n\u001b[31m\t\n") };
    case "no such status":
      return { first: reply("999 \u001b[31mred", ORDER) };
    case "two lengths":
      return { first: Buffer.from(`HTTP/1.1 201 Created\r\nContent-Length: 5\r\nContent-Length: 70\r\n\r\n${ORDER}`) };
    case "a letter a second":
      return { first: Buffer.from("HTTP/1.1 201 Created\r\nContent-Length: 70\r\n\r\n"), more: ["{", 1_000] };
    case "half a body":
      return { first: Buffer.from(`HTTP/1.1 201 Created\r\nContent-Length: 5000\r\n\r\n${ORDER}`) };
  }
}

/** A door on loopback, down at the bytes: the buyer's number, the end of the key, says how a checkout is answered. */
export async function openHostileEdge(elsewhere: number): Promise<AsyncDisposable & { readonly port: number }> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on("error", () => undefined);
    const timers: NodeJS.Timeout[] = [];
    socket.on("close", () => {
      open.delete(socket);
      for (const timer of timers) clearInterval(timer);
    });
    let asked = "";
    socket.on("data", (bytes) => {
      asked += bytes.toString("latin1");
      if (!asked.includes("\r\n\r\n")) return;
      const key = /^idempotency-key: (.*)\r$/im.exec(asked)?.[1];
      const isCheckout = asked.startsWith("POST /checkout");
      asked = "";
      const { first, more } = answerOf(isCheckout ? answerFor(key ?? "") : "good", elsewhere);
      socket.write(first);
      if (more === undefined) {
        // Behind a strange answer nobody waits for another on the same connection.
        if (isCheckout && answerFor(key ?? "") !== "good") socket.end();
        return;
      }
      timers.push(setInterval(() => socket.writableLength < 1_000_000 && socket.write(more[0]), more[1]));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("a TCP server has a port");
  return {
    port: address.port,
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function answerFor(key: string): Answer {
  return ANSWERS[Number(key.split("-").at(-1)) % ANSWERS.length] ?? "good";
}
