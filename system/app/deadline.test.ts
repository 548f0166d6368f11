import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { OverdueError, withDeadline } from "./deadline.ts";

test("what comes in time is passed on, result or error", async () => {
  expect(await withDeadline(sleep(1, "done"), 1_000)).toBe("done");
  await expect(withDeadline(Promise.reject(new Error("no")), 1_000)).rejects.toThrow("no");
});

test("what does not come is given up", async () => {
  const began = performance.now();
  await expect(withDeadline(sleep(5_000, undefined, { ref: false }), 30)).rejects.toBeInstanceOf(OverdueError);
  expect(performance.now() - began).toBeLessThan(1_000);
});

/** A server with a thread of its own: it answers while this one stands still. */
const SERVER = `
  const { createServer } = require("node:net");
  const { parentPort } = require("node:worker_threads");
  const server = createServer((socket) => socket.once("data", () => socket.end("answer")));
  server.listen(0, "127.0.0.1", () => parentPort.postMessage(server.address().port));`;

test("an answer that arrived while the process itself stood still counts", async () => {
  const worker = new Worker(SERVER, { eval: true });
  const [port] = await once(worker, "message");
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  socket.write("question");
  const answer = withDeadline(once(socket, "data").then(String), 20);
  // The question leaves; then this thread sleeps past the deadline, as one does that is out of processor time.
  await new Promise((resolve) => setImmediate(resolve));
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
  expect(await answer).toBe("answer");
  socket.destroy();
  await worker.terminate();
});
