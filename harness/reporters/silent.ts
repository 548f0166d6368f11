import type { Reporter } from "#core/result.ts";

/** Says nothing: for runs whose result folder is all that is wanted. */
export function silentReporter(): Reporter {
  return {
    progress() {},
    planned() {},
    record() {},
    ended() {},
    async [Symbol.asyncDispose]() {},
  };
}
