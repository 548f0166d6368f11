import type { DoorLine } from "#core/witnesses.ts";

/** What HAProxy writes where it has no value: a connection that ended before its request was read has no id. */
const NO_VALUE = "-";

/** How a request is logged that ended as it should. */
const WELL = "----";

/**
 * One line of the edge's log (`LOG_FORMAT` in `edge.ts`). Everything else that HAProxy says goes to the same file and
 * begins with anything but a brace.
 */
export function parseEdgeLine(line: string): DoorLine | "message" | "unreadable" {
  if (!line.startsWith("{")) return "message";
  let fields: Partial<Record<string, unknown>>;
  try {
    fields = JSON.parse(line) as Partial<Record<string, unknown>>;
  } catch {
    return "unreadable";
  }
  const { id, at, status, end, ms, bytes } = fields;
  if (typeof id !== "string" || typeof at !== "number" || typeof status !== "number") return "unreadable";
  if (typeof bytes !== "number") return "unreadable";
  const { idle, active } = (typeof ms === "object" && ms !== null ? ms : {}) as Partial<Record<string, unknown>>;
  if (typeof idle !== "number" || typeof active !== "number") return "unreadable";
  const beganMs = at + idle;
  return {
    id: id === NO_VALUE ? "" : id,
    status,
    // HAProxy closes a kept connection without a word when it loses its server's: its client is to ask again. The line
    // has a 503 all the same, of no bytes.
    hasAnswered: bytes > 0,
    restedMs: idle,
    beganMs,
    endedMs: beganMs + active,
    isWhole: end === WELL,
  };
}
