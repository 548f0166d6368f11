import type { Scenario } from "#core/scenario.ts";

/** Declares a scenario: checked for its form where it is written, frozen so that a run cannot change what it runs. */
export function scenario(declared: Scenario): Scenario {
  return deepFreeze(structuredClone(declared));
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) {
    for (const part of Object.values(value)) deepFreeze(part);
    Object.freeze(value);
  }
  return value;
}
