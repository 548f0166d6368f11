import { randomStream } from "#core/random.ts";
import { type LoadShape, loadLengthMs } from "#core/scenario.ts";

export interface Stay {
  readonly arriveMs: number;
  readonly leaveMs: number;
}

/**
 * People come in pairs that follow the same link: mean delay of a pair against the curve, cut at three times that, and
 * the spread within a pair. Counts by the second then vary up to twice as much as Poisson's would (measured arrivals at
 * shops are burstier than Poisson, Menasce et al. 2003) while the curve keeps its shape.
 */
const PAIR_DELAY_MS = 1_000;
const WITHIN_PAIR_MS = 200;

/** Users of the crowd at its peak. */
export function crowdSize(shape: LoadShape): number {
  const peak = Math.max(shape.startUsers, ...shape.phases.map((phase) => phase.users));
  return Math.round(peak / shape.scale);
}

/**
 * When the user comes and goes: from the instant at which the curve first exceeds its rank until it falls below.
 * @throws RangeError for a curve that rises again after it fell, which one stay cannot follow.
 */
export function stayOf(shape: LoadShape, seed: string, user: number): Stay {
  // Half a user below the rank, so that the number present is the curve rounded, not rounded down.
  const level = (user + 0.5) * shape.scale;
  const { upMs, downMs } = crossings(shape, level);
  if (upMs === 0) return { arriveMs: 0, leaveMs: downMs };
  const pair = randomStream(seed, `arrival/${Math.floor(user / 2)}`);
  const delay = Math.min(pair.exponential(PAIR_DELAY_MS), 3 * PAIR_DELAY_MS) - PAIR_DELAY_MS;
  const within = (user % 2) * pair.next() * WITHIN_PAIR_MS;
  return { arriveMs: Math.min(Math.max(0, upMs + delay + within), downMs), leaveMs: downMs };
}

function crossings(shape: LoadShape, level: number): { readonly upMs: number; readonly downMs: number } {
  let users = shape.startUsers;
  let fromMs = 0;
  let upMs = users >= level ? 0 : undefined;
  let downMs: number | undefined;
  for (const phase of shape.phases) {
    const crossMs = fromMs + ((level - users) / (phase.users - users)) * phase.forMs;
    if (users < level && phase.users >= level) {
      if (downMs !== undefined) throw new RangeError(`the curve rises again in phase ${phase.name}`);
      upMs ??= crossMs;
    }
    if (users >= level && phase.users < level) downMs = crossMs;
    users = phase.users;
    fromMs += phase.forMs;
  }
  return { upMs: upMs ?? fromMs, downMs: downMs ?? loadLengthMs(shape) };
}
