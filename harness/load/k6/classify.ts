import type { Outcome, WriteResult } from "#core/history.ts";

/** How an attempt ended, as the generator tells it. */
export interface Ending {
  readonly status: number;
  /** k6's error code; 0 without an error. */
  readonly errorCode: number;
  /** The reply carries `X-Not-Executed`. */
  readonly notExecuted: boolean;
  /** No older connection can have carried it. */
  readonly fresh: boolean;
  /** A checkout's 410 that names the product: anybody can say "gone", only the shop knows what of. */
  readonly namesSoldOut: boolean;
  /** A checkout during which another attempt of its key was in the shop's hands, or may have been. */
  readonly twinned: boolean;
}

/** k6's codes (lib/netext/httpext/error_codes.go). 1101 no such host, 1210 to 1213 the dial failed. */
const TIMEOUT = 1050;
const DIAL_ERRORS: readonly number[] = [1101, 1210, 1211, 1212, 1213];

export function outcomeOf({ status, errorCode, namesSoldOut, twinned }: Ending): Outcome {
  if (status === 0) {
    if (errorCode === TIMEOUT) return "timeout";
    return DIAL_ERRORS.includes(errorCode) ? "refused" : "broken-off";
  }
  // The headers came but the body did not come to its end.
  if (errorCode === TIMEOUT) return "timeout";
  if (errorCode >= 1_000 && errorCode < 1_400) return "broken-off";
  if (status < 400) return "ok";
  // A refusal that nothing of the user's called for is a failure, whatever its number says.
  if (status === 410) return namesSoldOut ? "sold-out" : "error";
  if (status === 409) return twinned ? "twin" : "error";
  if (status === 422) return "invalid";
  return status === 503 ? "unavailable" : "error";
}

/**
 * Refusals that the shop or its edge give before anything is done, or after it was rolled back. Any other number says how
 * a server took the request (400, 408, 404, a 410 that names nothing), and not that no other of the way carried it out.
 */
const REFUSALS: readonly number[] = [409, 422, 429];

/**
 * Did the write take effect? `fail` only where nothing can have happened.
 *
 * A refused connection is such a case only when no older connection can have carried the request first: Go's HTTP
 * client sends a request with an `Idempotency-Key` again by itself when its kept connection breaks before the answer
 * (seen: one `http.post`, two requests with one id at the server), and then reports the second try's refusal.
 */
export function resultOf(ending: Ending): WriteResult["result"] {
  const outcome = outcomeOf(ending);
  switch (outcome) {
    case "ok":
      return "ok";
    case "sold-out":
    case "twin":
    case "invalid":
      return "fail";
    case "unavailable":
      return ending.notExecuted ? "fail" : "info";
    case "refused":
      return ending.fresh ? "fail" : "info";
    case "error":
      return REFUSALS.includes(ending.status) ? "fail" : "info";
    default:
      return "info";
  }
}
