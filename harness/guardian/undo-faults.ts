import { request } from "node:http";
import { messageOf } from "#core/errors.ts";
import type { FaultUndo, JournalEntry } from "#core/journal.ts";
import { signalProcess } from "#harness/ownership/index.ts";

type FaultEntry = Extract<JournalEntry, { verb: "fault" }>;

/** A proxy server on this machine answers within milliseconds; one that hangs must not hold the undo up. */
const CALL_DEADLINE_MS = 2_000;

/** Faults that were about to be injected and were not healed, the youngest first. */
export function openFaults(entries: readonly JournalEntry[]): readonly FaultEntry[] {
  const healed = new Set(entries.filter((entry) => entry.verb === "healed").map((entry) => entry.id));
  return entries.flatMap((entry) => (entry.verb === "fault" && !healed.has(entry.id) ? [entry] : [])).reverse();
}

/**
 * Undoes one fault; the answer says what is left of it, nothing when all is undone. A proxy server that is gone has
 * taken its toxics with it, and a proxy or toxic that is unknown needs no undoing.
 */
export async function undoFault(fault: FaultEntry): Promise<readonly string[]> {
  const calls = callsOf(fault.undo);
  const left = await Promise.all(
    calls.map(async ({ method, url, body }) => {
      try {
        const status = await call(method, url, body);
        return status < 300 || status === 404 ? [] : [`${method} ${url} answered ${status}`];
      } catch (thrown) {
        return isRefused(thrown) ? [] : [`${method} ${url}: ${messageOf(thrown)}`];
      }
    }),
  );
  return left.flat().map((problem) => `fault ${fault.id} (${fault.description}): ${problem}`);
}

interface ApiCall {
  readonly method: string;
  readonly url: string;
  readonly body?: string;
}

function callsOf(undo: FaultUndo): readonly ApiCall[] {
  switch (undo.kind) {
    case "remove-toxics":
      return undo.toxics.map(({ proxy, toxic }) => ({
        method: "DELETE",
        url: `${undo.api}/proxies/${encodeURIComponent(proxy)}/toxics/${encodeURIComponent(toxic)}`,
      }));
    case "enable-proxies":
      return undo.proxies.map((proxy) => ({
        method: "POST",
        url: `${undo.api}/proxies/${encodeURIComponent(proxy)}`,
        body: JSON.stringify({ enabled: true }),
      }));
    case "continue-process":
      signalProcess(undo.identity, "SIGCONT");
      return [];
    case "none":
      return [];
  }
}

function call(method: string, url: string, body: string | undefined): Promise<number> {
  const answered = Promise.withResolvers<number>();
  const sent = request(url, { method, agent: false, signal: AbortSignal.timeout(CALL_DEADLINE_MS) }, (response) => {
    response.resume();
    answered.resolve(response.statusCode ?? 0);
  });
  sent.once("error", answered.reject);
  sent.end(body);
  return answered.promise;
}

function isRefused(thrown: unknown): boolean {
  return thrown instanceof Error && "code" in thrown && thrown.code === "ECONNREFUSED";
}
