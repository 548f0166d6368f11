import type { Clock } from "./context.ts";
import type { History, HistoryEvent, HistoryRecord } from "./history.ts";

/** A history in memory alone: the no-op twin of a recorder, for tests and for judging saved records. */
export function memoryHistory(clock: Pick<Clock, "now">): History {
  const records: HistoryRecord[] = [];
  const listeners = new Set<(record: HistoryRecord) => void>();
  return {
    append(source: string, event: HistoryEvent, sourceAt?: number): HistoryRecord {
      const at = clock.now();
      const record: HistoryRecord = {
        seq: records.length,
        at,
        source,
        ...(sourceAt === undefined ? {} : { sourceAt }),
        ...event,
      };
      records.push(record);
      for (const listener of listeners) listener(record);
      return record;
    },
    records: () => records,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
