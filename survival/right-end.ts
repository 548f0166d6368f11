import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { BEFORE_THE_HISTORY, type Blow, type Met } from "./blow.ts";

const resultSchema = z.object({
  verdict: z.enum(["held", "broken", "unknown"]),
  cutShort: z.string().optional(),
  objectives: z.array(z.object({ id: z.string(), group: z.string(), state: z.string(), reason: z.string() })),
});
export type ToldResult = z.infer<typeof resultSchema>;

const EXIT_OF: Readonly<Record<ToldResult["verdict"], number>> = { held: 0, broken: 1, unknown: 2 };

/** What the run says of itself in its result folder; undefined where it says nothing. @throws ZodError */
export async function toldBy(folder: string | undefined): Promise<ToldResult | undefined> {
  if (folder === undefined) return undefined;
  const text = await readFile(join(folder, "result.json"), "utf8").catch(() => undefined);
  return text === undefined ? undefined : resultSchema.parse(JSON.parse(text));
}

/** How a run that was hit has ended. */
export interface Ended {
  readonly ending: Blow["ending"];
  /** Those of the blow. */
  readonly exits: readonly number[] | undefined;
  /** The last that the run had reached by its own words when the blow fell. */
  readonly phase: Met;
  readonly exit: number | undefined;
  readonly told: ToldResult | undefined;
  readonly hasFolder: boolean;
}

/**
 * What is wrong with the way a run has ended; nothing when it is right. What it left is the audit's.
 *
 * An interrupt before the final reads are done cuts the run short: its own exit code, and a result that says so. In the
 * final reads either is right, as the blow may fall behind the last of them. Behind it nothing is left to be cut short:
 * the run ends with its own verdict and that verdict's code; in the report also with the signal's, when the result is
 * written and nobody listens any more. A killed harness says no more: no result, but where it was about to write it.
 */
export function wrongEnd(ended: Ended): readonly string[] {
  const { exit, exits, phase, told } = ended;
  if (exit === undefined) return ["npm has not ended"];
  const isExit = exits === undefined || exits.includes(exit);
  switch (ended.ending) {
    case "goes-on":
      return [
        ...(isExit ? [] : [`npm ended with ${exit}`]),
        ...(told === undefined && ended.hasFolder ? ["there is no result.json"] : []),
        ...(told?.cutShort === undefined ? [] : [`the run was cut short: ${told.cutShort}`]),
      ];
    case "killed":
    case "recovered":
      if (phase === "report") return isExit || isOwnCode(exit, told) ? [] : [`npm ended with ${exit}`];
      return [
        ...(isExit ? [] : [`npm ended with ${exit}`]),
        ...(told === undefined ? [] : [`a run that was killed has a result (${told.verdict})`]),
      ];
    case "in-order":
      return wrongOrder(ended, exit, isExit);
  }
}

function wrongOrder({ phase, told, hasFolder }: Ended, exit: number, isExit: boolean): readonly string[] {
  if (told === undefined) {
    const isTooEarly = phase === BEFORE_THE_HISTORY || !hasFolder;
    const missing = isTooEarly ? [] : ["there is no result.json"];
    return isExit ? missing : [...missing, `npm ended with ${exit}`];
  }
  if (told.cutShort !== undefined) {
    return [
      ...(isExit ? [] : [`npm ended with ${exit}, and the run was cut short`]),
      ...(told.verdict === "unknown" ? [] : [`a run that was cut short is called ${told.verdict}`]),
      ...(phase === "teardown" || phase === "report" ? [`in its ${phase} there was nothing to cut short`] : []),
    ];
  }
  const mayGoOn = phase === "truth" || phase === "teardown" || phase === "report";
  if (!mayGoOn) return [`the result does not say that the run was cut short (${told.verdict}, exit ${exit})`];
  if (isOwnCode(exit, told) || (phase === "report" && isExit)) return [];
  return [`npm ended with ${exit}, and the run says ${told.verdict}`];
}

function isOwnCode(exit: number, told: ToldResult | undefined): boolean {
  return told !== undefined && EXIT_OF[told.verdict] === exit;
}

/** Late timers are the noise of a busy machine. */
const LATENESS = "trust-generator-lateness";

/**
 * What of the last run, which nobody hits, shows that the machine is not as good as before: anything that is broken, and
 * what is unknown for another reason than the load of a busy machine.
 */
export function notAsGood(told: ToldResult | undefined): readonly string[] {
  if (told === undefined) return ["the run that nobody hit has no result"];
  const isByLoad = ({ group, id }: ToldResult["objectives"][number]): boolean => group === "load" || id === LATENESS;
  const bad = told.objectives.filter(
    (each) => each.state === "broken" || (each.state === "unknown" && !isByLoad(each)),
  );
  if (bad.length === 0 && told.verdict !== "broken") return [];
  return [
    `the run that nobody hit is ${told.verdict}: ${bad.map(({ id, state, reason }) => `${id} ${state}, ${reason}`).join("; ")}`,
  ];
}
