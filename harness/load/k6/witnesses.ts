import type { RunContext } from "#core/context.ts";
import { messageOf } from "#core/errors.ts";
import { loadZero } from "#core/history.ts";
import type { Stage } from "#core/substrate.ts";
import { type DoorLineParser, WITNESSES, type Witnesses } from "#core/witnesses.ts";
import { recordsPath } from "./driver.ts";
import { joinWitnesses } from "./join-witnesses.ts";

/**
 * Joins the generator's records with the log of the shop's door and writes the outcome as evidence. The load must be over
 * and not disposed of yet: its records are packed then.
 */
export async function writeWitnesses(
  stage: Pick<Stage, "nodes" | "logPath">,
  parseLine: DoorLineParser,
  ctx: RunContext,
): Promise<void> {
  const data = await witnesses(stage, parseLine, ctx).catch(
    (thrown: unknown): Witnesses => ({ kind: "failed", reason: messageOf(thrown) }),
  );
  ctx.history.append("harness", { kind: "evidence", name: WITNESSES, data });
}

async function witnesses(
  stage: Pick<Stage, "nodes" | "logPath">,
  parseLine: DoorLineParser,
  ctx: RunContext,
): Promise<Witnesses> {
  const { clock, history, runId } = ctx;
  const records = history.records();
  const zero = loadZero(records);
  const [door] = stage.nodes({ role: "edge" });
  const doorLog = door === undefined ? undefined : stage.logPath?.(door.id);
  if (zero === undefined) return { kind: "failed", reason: "no load ever began" };
  if (doorLog === undefined) return { kind: "failed", reason: "this stage keeps no log of the shop's door" };
  const doorEndsMs = records.flatMap((record) =>
    record.kind === "node" && record.node === door?.id && DOOR_ENDS.includes(record.state) ? [record.at - zero] : [],
  );
  const zeroDateMs = clock.wall() - (clock.now() - zero);
  return await joinWitnesses({ records: recordsPath(ctx), doorLog, parseLine, runId, zeroDateMs, doorEndsMs }, () =>
    clock.now(),
  );
}

/** However it ended: by itself, by a fault. */
const DOOR_ENDS: readonly string[] = ["exited", "killed"];
