import { type Random, randomStream } from "#core/random.ts";
import { type LoadShape, loadLengthMs } from "#core/scenario.ts";
import type { Region } from "#core/topology.ts";
import { crowdSize, stayOf } from "./arrivals.ts";
import { MIX, TIMES } from "./mix.ts";
import type { Step, Timetable } from "./step.ts";
import { botAsk, botPauseMs, purchase, retryAfterMs, type Taste, tasteFor, thinkMs, visit } from "./visits.ts";

/** Everything that will be asked of the shop, known before the first request: a function of shape, seed and words. */
export interface LoadPlan {
  readonly lengthMs: number;
  /** Users of the crowd. */
  readonly users: number;
  /** Places of the buyers' lane. */
  readonly places: number;
  /** What the user will do; made anew at each call. */
  user(number: number): Timetable;
  place(number: number): Timetable;
}

export interface PlanInput {
  readonly shape: LoadShape;
  readonly seed: string;
  readonly regions: readonly Region[];
  /** Search terms by rank of popularity. */
  readonly words: readonly string[];
}

/**
 * From a buyer's checkout to the look at the order. Whose checkout takes longer has nothing to look for yet: the look is
 * lost, and counted so.
 */
const LOOK_AFTER_MS = TIMES.thinkFloorMs;

/**
 * How long one buyer can keep its place: two attempts of full patience at what it does last, the pause between them, and
 * a second for the timers. A place is free again before its next buyer comes, so arrivals stay open: nobody waits for
 * another's answer.
 */
const PLACE_MS = LOOK_AFTER_MS + 2 * TIMES.patienceMs + TIMES.retryMostMs + 1_000;

/** Places of the buyers' lane. */
export function placesOf(shape: LoadShape): number {
  return Math.ceil((shape.buyersPerSecond * PLACE_MS) / 1_000);
}

export function loadPlan(input: PlanInput): LoadPlan {
  const { shape, seed } = input;
  const taste = tasteFor(input.words);
  const lengthMs = loadLengthMs(shape);
  const places = placesOf(shape);
  return {
    lengthMs,
    users: crowdSize(shape),
    places,
    user: (number) => userTimetable(input, taste, number),
    place: (number) => {
      const steps: Step[] = [];
      const everyMs = 1_000 / shape.buyersPerSecond;
      for (let buyer = number; Math.round(buyer * everyMs) < lengthMs; buyer += places) {
        const random = randomStream(seed, `buyer/${buyer}`);
        const atMs = Math.round(buyer * everyMs);
        const bought: Step = {
          atMs,
          region: homeRegion(random, input.regions),
          visit: buyer,
          retryAfterMs: retryAfterMs(random),
          ask: purchase(random, taste),
        };
        const looks = random.next() < MIX.looksPerSecond / shape.buyersPerSecond && atMs + LOOK_AFTER_MS < lengthMs;
        // Drawn last, so that nothing else that is drawn depends on it.
        const clashes = random.next() < MIX.clashesPerSecond / shape.buyersPerSecond;
        steps.push(clashes ? clashing(bought) : bought);
        if (looks) steps.push({ ...bought, atMs: atMs + LOOK_AFTER_MS, ask: { page: "order" } });
      }
      return { lane: "buyers", arriveMs: 0, leaveMs: lengthMs, steps };
    },
  };
}

/** Who submits twice as it is, does so. */
function clashing(step: Step): Step {
  const { ask } = step;
  return ask.page === "checkout" && ask.submission === "once"
    ? { ...step, ask: { ...ask, submission: "clash" } }
    : step;
}

function userTimetable(input: PlanInput, taste: Taste, number: number): Timetable {
  const stay = stayOf(input.shape, input.seed, number);
  const random = randomStream(input.seed, `user/${number}`);
  const region = homeRegion(random, input.regions);
  const lane = random.next() < MIX.bots ? "bots" : "shoppers";
  const pause = lane === "bots" ? botPauseMs : thinkMs;
  const steps: Step[] = [];
  // Those who were in the shop before the load began are in the middle of a page; a newcomer asks at once.
  let atMs = stay.arriveMs + (stay.arriveMs === 0 ? pause(random) : 0);
  for (let visits = 0; atMs < stay.leaveMs; visits += 1) {
    for (const ask of lane === "bots" ? [botAsk(random, taste)] : visit(random, taste)) {
      const wait = pause(random);
      const retry = retryAfterMs(random);
      if (atMs < stay.leaveMs) {
        steps.push({ atMs: Math.round(atMs), region, visit: lane === "bots" ? 0 : visits, retryAfterMs: retry, ask });
      }
      atMs += wait;
    }
  }
  return { lane, arriveMs: stay.arriveMs, leaveMs: stay.leaveMs, steps };
}

function homeRegion(random: Random, regions: readonly Region[]): Region {
  const drawn = random.next() < MIX.regionShares.eu ? "eu" : "us";
  return regions.includes(drawn) ? drawn : (regions[0] ?? drawn);
}
