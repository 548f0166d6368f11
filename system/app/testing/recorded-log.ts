import type { EventName, Log } from "../log.ts";

/** A log that can be read back. */
export class RecordedLog implements Log {
  readonly events: { readonly name: EventName; readonly detail: string }[] = [];
  readonly problems: string[] = [];

  event(name: EventName, detail: string): void {
    this.events.push({ name, detail });
  }

  warn(message: string): void {
    this.problems.push(message);
  }

  error(message: string, error?: unknown): void {
    this.problems.push(`${message}: ${String(error)}`);
  }

  count(name: EventName): number {
    return this.events.filter((event) => event.name === name).length;
  }
}
