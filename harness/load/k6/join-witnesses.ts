import {
  type Difference,
  type DoorLine,
  type DoorLineParser,
  type JoinedWitnesses,
  PROBE_ID,
} from "#core/witnesses.ts";
import { TIMES } from "../plan/mix.ts";
import { AttemptBook, type JoinedAttempt } from "./attempt-book.ts";
import { ClockBounds, LONGEST_REST_MS } from "./clock-bounds.ts";
import { lineChunks } from "./line-chunks.ts";
import { parseRecord } from "./parse.ts";
import { MARKS } from "./record.ts";

export interface TwoLogs {
  /** File of the generator's records; it has ended. */
  readonly records: string;
  /** File of the door's log; nothing goes through it any more. */
  readonly doorLog: string;
  readonly parseLine: DoorLineParser;
  readonly runId: string;
  /** Date of the first planned request, milliseconds since the epoch. */
  readonly zeroDateMs: number;
  /** When a part that is the door ended, by whatever; milliseconds from the first planned request. */
  readonly doorEndsMs: readonly number[];
}

/** Of each difference so many are named: enough to look them up, few enough to read. */
const EXAMPLES = 5;

/** A request may leave at the very end of its user's patience, and the generator's last records be a second late. */
const IN_FLIGHT_MS = TIMES.patienceMs + 1_000;

/**
 * A killed HAProxy leaves no line of what it had in hand (tried: SIGTERM and SIGKILL alike), which may be a request whose
 * answer has just left. What was answered longer ago than this has its line.
 */
const CUT_MS = 1_000;

/** Ids of the walk through every page before the load. */
const GATE = "gate.";

/** What the edge answers where no request was read: its line has no id. */
const UNREAD: readonly number[] = [400, 408];

/** Joins both logs by request id. Reads each once, and holds some 200 bytes of each attempt. @throws when a file cannot be read. */
export async function joinWitnesses(logs: TwoLogs, nowMs: () => number): Promise<JoinedWitnesses> {
  const began = nowMs();
  const book = new AttemptBook();
  const prefix = `${logs.runId}.`;
  for await (const lines of lineChunks(logs.records)) {
    for (const line of lines) {
      if (!line.startsWith(`${MARKS.attempt}\t`)) continue;
      // A line that is no record was told, when it was read for the history.
      const record = parseRecord(line);
      if (record?.kind !== "attempt") continue;
      // The records of another run would join with nothing, or by chance of equal numbers with everything.
      if (!record.id.startsWith(prefix)) throw new Error(`the generator's records are of another run: ${record.id}`);
      book.add(record.id.slice(prefix.length), record);
    }
  }
  const join = new Join(book, logs, prefix);
  for await (const lines of lineChunks(logs.doorLog)) {
    for (const line of lines) join.take(logs.parseLine(line), line);
  }
  return { ...join.result(), tookMs: Math.round(nowMs() - began) };
}

class Join {
  readonly #book: AttemptBook;
  readonly #logs: TwoLogs;
  readonly #prefix: string;
  readonly #clock = new ClockBounds();
  readonly #differences: Partial<Record<Difference, number>> = {};
  readonly #examples: Record<string, string[]> = {};
  /** Lines of connections on which no request was read, by status. */
  readonly #nameless = new Map<number, number>();
  #lines = 0;
  #own = 0;
  #inFlight = 0;

  constructor(book: AttemptBook, logs: TwoLogs, prefix: string) {
    this.#book = book;
    this.#logs = logs;
    this.#prefix = prefix;
  }

  take(line: DoorLine | "message" | "unreadable", text: string): void {
    if (line === "message") return;
    if (line === "unreadable") {
      this.#differ("unreadable", text.slice(0, 120));
      return;
    }
    if (line.id === "") {
      this.#nameless.set(line.status, (this.#nameless.get(line.status) ?? 0) + 1);
      return;
    }
    this.#lines += 1;
    if (line.id === PROBE_ID) {
      this.#own += 1;
      return;
    }
    if (!line.id.startsWith(this.#prefix)) {
      this.#differ("strangers", `${line.id} (${line.status})`);
      return;
    }
    const name = line.id.slice(this.#prefix.length);
    const seen = this.#book.see(name, line);
    const beganMs = line.beganMs - this.#logs.zeroDateMs;
    if (seen === undefined) this.#unclaimed(name, line, beganMs);
    else if (seen.isProof && line.restedMs <= LONGEST_REST_MS) {
      this.#clock.take(seen.sentMs, seen.endedMs, beganMs, line.endedMs - this.#logs.zeroDateMs);
    }
  }

  #unclaimed(name: string, line: DoorLine, beganMs: number): void {
    if (name.startsWith(GATE)) this.#own += 1;
    else if (beganMs >= this.#book.lastMs - IN_FLIGHT_MS) this.#inFlight += 1;
    else this.#differ("unrecorded", `${line.id} (${line.status})`);
  }

  result(): Omit<JoinedWitnesses, "tookMs"> {
    const counts = { answers: 0, agreed: 0, resent: 0, unread: 0, cut: 0 };
    const unanswered = { unseen: 0, seen: 0 };
    const nameless = this.#nameless.values().reduce((sum, count) => sum + count, 0);
    for (const attempt of this.#book.all()) {
      if (attempt.status > 0) counts.answers += 1;
      const found = this.#classify(attempt);
      switch (found) {
        case "resent":
          counts.resent += 1;
          this.#example("resent", `${this.#prefix}${attempt.name} (${attempt.lines} lines)`);
          if (attempt.status > 0) counts.agreed += 1;
          else unanswered.seen += 1;
          break;
        case "agreed":
        case "unread":
        case "cut":
          counts[found] += 1;
          break;
        case "unseen":
        case "seen":
          unanswered[found] += 1;
          break;
        default:
          this.#differ(found, this.#words(found, attempt));
      }
    }
    return {
      kind: "joined",
      attempts: this.#book.size,
      lines: this.#lines,
      ...counts,
      unanswered,
      inFlight: this.#inFlight,
      own: this.#own,
      nameless,
      differences: this.#differences,
      examples: this.#examples,
      clock: this.#clock.result(),
    };
  }

  #classify(attempt: JoinedAttempt): Class {
    const { status, lines, equal } = attempt;
    if (lines > 1) {
      // Of all but one of them the door says itself that it sent nothing. Tried: a connection that HAProxy closes without
      // a byte leaves a line, and k6 sends the request again unless it is a POST without a key. It happens by itself on a
      // machine that is far too busy: a kept connection to a region is lost, and HAProxy leaves the asking to the client.
      const isResent = attempt.isResendable && attempt.answered <= 1 && (status === 0 || equal >= 1);
      return isResent ? "resent" : "twice";
    }
    if (status === 0) return lines === 0 ? "unseen" : "seen";
    if (lines === 1) return equal === 1 ? "agreed" : "otherStatus";
    if (UNREAD.includes(status) && this.#takeNameless(status)) return "unread";
    const isCut = this.#logs.doorEndsMs.some(
      (end) => attempt.endedMs <= end + CUT_MS && attempt.endedMs >= end - CUT_MS,
    );
    return isCut ? "cut" : "missing";
  }

  #takeNameless(status: number): boolean {
    const left = this.#nameless.get(status) ?? 0;
    if (left > 0) this.#nameless.set(status, left - 1);
    return left > 0;
  }

  #words(difference: Difference, { name, status, lines, lineStatus }: JoinedAttempt): string {
    const id = this.#prefix + name;
    if (difference === "otherStatus") return `${id} (${status}, in the log ${lineStatus})`;
    return difference === "twice" ? `${id} (${status}, ${lines} lines)` : `${id} (${status})`;
  }

  #differ(difference: Difference, example: string): void {
    this.#differences[difference] = (this.#differences[difference] ?? 0) + 1;
    this.#example(difference, example);
  }

  #example(kind: string, example: string): void {
    const kept = this.#examples[kind] ?? [];
    if (kept.length < EXAMPLES) this.#examples[kind] = [...kept, example];
  }
}

type Class = Difference | "agreed" | "resent" | "unread" | "cut" | "unseen" | "seen";
