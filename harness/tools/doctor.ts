import { examineMachine } from "./examine-machine.ts";
import { examineTools } from "./examine-tools.ts";
import type { Finding } from "./finding.ts";

export type { Finding } from "./finding.ts";

/** Some ten programs are asked for their version, and apt for what it offers: seconds, even on a loaded machine. */
const DEADLINE_MS = 60_000;

/** Looks at all that a run needs of this machine and changes nothing: no folder is made, nothing is fetched. */
export async function examine(): Promise<readonly Finding[]> {
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const [tools, machine] = await Promise.all([examineTools(signal), examineMachine(signal)]);
  return [...tools, ...machine];
}
