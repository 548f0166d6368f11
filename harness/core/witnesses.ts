import { z } from "zod";

/** Name of the evidence record that tells how the generator's records and the log of the shop's door agree. */
export const WITNESSES = "witnesses";

/** Request id of the harness's own looks at a path, wherever they are logged. */
export const PROBE_ID = "doorbuster-probe";

/** One request in the log of the shop's door. Times are milliseconds since the epoch, by the door's own clock. */
export interface DoorLine {
  /** The request's id; empty where a connection ended before a request was read. */
  readonly id: string;
  readonly status: number;
  /** How long its connection had rested before. */
  readonly restedMs: number;
  /** First byte of the request. */
  readonly beganMs: number;
  /** Last byte of the answer. */
  readonly endedMs: number;
  /** Something was sent to whoever asked; a status alone does not say so. */
  readonly hasAnswered: boolean;
  /** The door says that the exchange came to its end as it should. */
  readonly isWhole: boolean;
}

/** `message`: the program speaks of itself. `unreadable`: it should have been a request and is none. */
export type DoorLineParser = (line: string) => DoorLine | "message" | "unreadable";

/** What must not be. Each is counted, and the first few of each are named. */
export const DIFFERENCES = {
  missing: "answers of which the edge's log has no line",
  otherStatus: "answers with another status in the edge's log",
  twice: "attempts with more lines than one in the edge's log",
  unrecorded: "lines of the edge's log that no attempt accounts for",
  strangers: "lines of the edge's log of somebody else's requests",
  unreadable: "lines of the edge's log that cannot be read",
} as const;

export type Difference = keyof typeof DIFFERENCES;

const count = z.number().int().nonnegative();

const joined = z.object({
  kind: z.literal("joined"),
  attempts: count,
  /** Attempts that got an answer, whatever it said. */
  answers: count,
  /** Requests in the edge's log, whoever sent them. */
  lines: count,
  /** Answers with exactly one line of that status, those of `resent` included. */
  agreed: count,
  /** Attempts without an answer: those of which the edge has no line, and those of which it has one all the same. */
  unanswered: z.object({ unseen: count, seen: count }),
  /** Attempts that the generator's HTTP client sent again by itself, because a kept connection had broken. */
  resent: count,
  /** Answers that the edge gave before it had read the request, so that its line has no id (400, 408). */
  unread: count,
  /** Answers of the last second before a part that is the door ended, whose line ended with it. */
  cut: count,
  /** Requests that the generator had under way when it ended. */
  inFlight: count,
  /** Lines of the harness's own requests. */
  own: count,
  /** Connections that ended before a request was read. */
  nameless: count,
  differences: z.partialRecord(z.enum(Object.keys(DIFFERENCES) as [Difference, ...Difference[]]), count),
  /** The first few of each difference, and of what was sent again, in words. */
  examples: z.record(z.string(), z.array(z.string())),
  /**
   * What the edge's clock shows more than the harness's date: each answer bounds it from both sides, because a request
   * begins at the edge after it was sent and ends there before it was received. Milliseconds.
   */
  clock: z.object({
    samples: count,
    /**
     * Seconds of the load that had any; those of them whose answers contradict each other by less than a second, as those
     * of a starved edge do; and those whose answers contradict each other, or those before, by more.
     */
    seconds: count,
    blurred: count,
    contradictory: count,
    /** Those of the contradictory ones that do so by more than 5 s; absent where there are none. */
    far: count.exactOptional(),
    atLeastMs: z.number(),
    atMostMs: z.number(),
    /** First second of the load whose answers contradict those before, and by how much, for good. */
    step: z.object({ atSecond: z.number().int(), byMs: z.number() }).exactOptional(),
  }),
  tookMs: z.number(),
});

const failed = z.object({ kind: z.literal("failed"), reason: z.string() });

/** The door of the evidence record's data. */
export const witnessesSchema = z.discriminatedUnion("kind", [joined, failed]);

export type JoinedWitnesses = Readonly<z.infer<typeof joined>>;
export type Witnesses = JoinedWitnesses | Readonly<z.infer<typeof failed>>;
