import type { FaultUndo, JournalEntry } from "#core/journal.ts";
import { parseIdentity } from "#harness/ownership/index.ts";

/**
 * Reads journal entries without a library: the guardian must be able to undo a run when nothing else of the project
 * works any more. What is not one of the known verbs, whole, is not acted upon.
 */
export function parseEntry(value: unknown): JournalEntry | undefined {
  if (!isFields(value)) return undefined;
  switch (value.verb) {
    case "run":
      return isText(value.runId) && parseIdentity(value.harness) ? (value as JournalEntry) : undefined;
    case "folder":
    case "cgroup":
      return isText(value.path) && value.path.startsWith("/") ? (value as JournalEntry) : undefined;
    case "process":
      return isText(value.name) && parseIdentity(value.identity) ? (value as JournalEntry) : undefined;
    case "fault":
      return isText(value.id) && isDuration(value.deadlineMs) && isUndo(value.undo)
        ? (value as JournalEntry)
        : undefined;
    case "healed":
      return isText(value.id) ? (value as JournalEntry) : undefined;
    case "end":
      return { verb: "end" };
    default:
      return undefined;
  }
}

function isUndo(value: unknown): value is FaultUndo {
  if (!isFields(value)) return false;
  switch (value.kind) {
    case "remove-toxics":
      return (
        isDoor(value.api) &&
        Array.isArray(value.toxics) &&
        value.toxics.every((each: unknown) => isFields(each) && isText(each.proxy) && isText(each.toxic))
      );
    case "enable-proxies":
      return isDoor(value.api) && Array.isArray(value.proxies) && value.proxies.every(isText);
    case "continue-process":
      return parseIdentity(value.identity) !== undefined;
    case "none":
      return true;
    default:
      return false;
  }
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

/** A proxy server of ours listens on this machine alone: an undo asks nobody else, whatever a journal says. */
function isDoor(value: unknown): boolean {
  const port = typeof value === "string" ? /^http:\/\/127\.0\.0\.1:([1-9]\d{0,4})$/.exec(value)?.[1] : undefined;
  return port !== undefined && Number(port) <= 65_535;
}

/** A fault without an end could be overdue at once, or never. */
function isDuration(value: unknown): boolean {
  return typeof value === "number" && Number.isFinite(value) && value > 0;
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
