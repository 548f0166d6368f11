import { textFile } from "./bad-input.ts";
import type { Listener } from "./decoys.ts";
import { attempt } from "./trial.ts";

/**
 * A scenario that does on purpose what none may be able to do unseen: it makes a file, leaves a program, and visits the
 * place to which the decoys lead. An oracle that misses one of these is blind, and what it says of others is worth
 * nothing. Answers what was missed.
 */
export async function missedByTheOracle(listener: Listener): Promise<readonly string[]> {
  const visitsBefore = listener.visits.length;
  const { faults } = await attempt({
    what: "a scenario with side effects",
    words: ["check", "@/scenario.ts"],
    files: [textFile("scenario.ts", sideEffects(listener.port))],
    environment: {},
    places: ["scenario.ts"],
    expected: "refused",
  });
  const said = faults.join("\n");
  return [
    ...(/files came: planted\.txt/.test(said) ? [] : ["a file that came"]),
    ...(/process \d+ is left/.test(said) ? [] : ["a program that was left"]),
    ...(listener.visits.length > visitsBefore ? [] : ["a visit to the decoys"]),
  ];
}

/** Two seconds outlive the trial, and nobody has to end the program. */
function sideEffects(port: number): string {
  return `import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { connect } from "node:net";
writeFileSync("planted.txt", "");
spawn("/bin/sleep", ["2"], { detached: true, stdio: "ignore" }).unref();
await new Promise((done) => connect(${port}, "127.0.0.1", done).on("error", done));
throw new Error("done");
`;
}
