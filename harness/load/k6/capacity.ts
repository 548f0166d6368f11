import { Failure } from "#core/errors.ts";
import type { LoadShape } from "#core/scenario.ts";
import { crowdSize } from "../plan/arrivals.ts";
import { placesOf } from "../plan/plan.ts";

/** What each of k6's users keeps at least: below it k6 would collect its garbage all the time. */
export const BYTES_PER_USER = 400_000;

/** The shop beside it: four databases that share 128 MB each, and some twenty-five processes of 40 to 80 MB. */
const SHOP_BYTES = 1_500_000_000;

/** Connections of the door that no user has: probes, the gate, and those that are closed while their successor opens. */
const CONNECTIONS_FOR_OTHERS = 100;

/** What there is for a load. */
export interface Room {
  /** Of memory, before anything is started. */
  readonly freeBytes: number;
  /** Connections that the shop's door takes; every user holds one. */
  readonly connections: number;
}

/** @throws Failure when the load has more users than this machine or the shop's door can hold, with the scale that fits. */
export function refuseLoad(shape: LoadShape, room: Room): void {
  const places = placesOf(shape);
  const users = crowdSize(shape) + places;
  const mostByDoor = room.connections - CONNECTIONS_FOR_OTHERS;
  const mostByMemory = Math.floor((room.freeBytes - SHOP_BYTES) / BYTES_PER_USER);
  const at = `1:${shape.scale} is ${users.toLocaleString("en")} users at its peak`;
  const doorProblem = `${at}, each with a connection; the shop's edge takes ${mostByDoor.toLocaleString("en")} of them (a connection costs two of the 20,000 descriptors that a process may commonly have)`;
  const memoryProblem = `${at}: k6 keeps ${gigabytes(users * BYTES_PER_USER)} for them and the shop ${gigabytes(SHOP_BYTES)}; ${gigabytes(room.freeBytes)} are free`;
  const problems = [...(users > mostByDoor ? [doorProblem] : []), ...(users > mostByMemory ? [memoryProblem] : [])];
  if (problems.length === 0) return;
  const fitting = scaleFor(shape, Math.min(mostByDoor, mostByMemory) - places);
  throw new Failure(
    users > mostByDoor ? "usage" : "environment",
    problems,
    fitting === undefined
      ? "No scale fits: free memory first; nothing was started."
      : `--scale ${fitting} fits here; nothing was started.`,
  );
}

/** The smallest factor of a crowd that is no larger than this, in tens, as people choose scales. */
function scaleFor(shape: LoadShape, most: number): number | undefined {
  if (most < 1) return undefined;
  return Math.ceil(crowdSize({ ...shape, scale: 1 }) / most / 10) * 10;
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
