import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";
import type { Clock } from "#core/context.ts";
import { Failure, messageOf } from "#core/errors.ts";
import type { History, HistoryEvent, HistoryRecord } from "#core/history.ts";

/** Records are written together after this long: what a crash can cost of the history. */
const FLUSH_MS = 50;

export interface Recorder extends History, AsyncDisposable {
  readonly path: string;
  /** From now on nothing is kept or told: the history has been judged, and only its shop is still there. */
  seal(): void;
}

/**
 * A history on disk and in memory: one JSON line a record, appended as it happens, readable up to the last whole line
 * after a crash. Disposing it writes what is left and reaches the disk.
 */
export function recorder(path: string, clock: Clock): Recorder {
  const file = openSync(path, "wx", 0o644);
  const records: HistoryRecord[] = [];
  const listeners = new Set<(record: HistoryRecord) => void>();
  let pending: string[] = [];
  let timer: NodeJS.Timeout | undefined;
  let isSealed = false;
  const flush = (): void => {
    timer = undefined;
    if (pending.length === 0) return;
    const text = pending.join("");
    pending = [];
    try {
      writeWhole(file, Buffer.from(text));
    } catch (cause) {
      throw new Failure(
        "environment",
        [`the history ${path} could not be written: ${messageOf(cause)}`],
        "A run without a whole history says nothing. Free space on that disk, then run again.",
        { cause },
      );
    }
  };
  return {
    path,
    append(source: string, event: HistoryEvent, sourceAt?: number): HistoryRecord {
      const record: HistoryRecord = {
        seq: records.length,
        at: Math.round(clock.now() * 1_000) / 1_000,
        source,
        ...(sourceAt === undefined ? {} : { sourceAt }),
        ...event,
      };
      if (isSealed) return record;
      records.push(record);
      pending.push(`${JSON.stringify(record)}\n`);
      timer ??= setTimeout(flush, FLUSH_MS);
      for (const listener of listeners) listener(record);
      return record;
    },
    records: () => records,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    seal() {
      isSealed = true;
    },
    async [Symbol.asyncDispose]() {
      clearTimeout(timer);
      flush();
      fsyncSync(file);
      closeSync(file);
    },
  };
}

/** A disk that is nearly full takes a part of what it is given, without an error; the error comes with the rest. */
function writeWhole(file: number, bytes: Buffer): void {
  for (let from = 0; from < bytes.length; ) from += writeSync(file, bytes, from);
}
