import type { LoadPhase, LoadShape } from "#core/scenario.ts";

export interface BlackFridayOptions {
  /** Users, arrivals and stock are divided by this. */
  readonly scale?: number;
  readonly pace?: LoadShape["pace"];
  /** The lane of buyers, which is not scaled: checkouts a second. */
  readonly buyersPerSecond?: number;
}

/** The users of the story: a normal day, the surge that broke the first shop, and what the rebuilt one carried. */
const NORMAL_DAY = 5_000;
const SURGE = 850_000;
const PEAK = 2_000_000;

/** The brief's lane of buyers: 20 a second give 400 checkouts in 20 s, and 299 clean ones are what 99 % needs. */
const BUYERS_PER_SECOND = 20;

type Seconds = Readonly<Record<"normal" | "surge" | "plateau" | "climb" | "peak" | "down", number>>;

const COMPRESSED: Seconds = {
  normal: 10,
  // The story's ten minutes in half a minute: a harder surge, and the report says so.
  surge: 30,
  // At 1:500 some 5,000 attempts: enough to see 99.9 % (2,995) and p99 (299) with a confidence of 95 %.
  plateau: 20,
  climb: 15,
  // Three faults of 30 s with time to recover between them.
  peak: 140,
  down: 10,
};

const SECONDS: Readonly<Record<LoadShape["pace"], Seconds>> = {
  compressed: COMPRESSED,
  full: { ...COMPRESSED, surge: 600 },
  // At most a minute for trying things out; the plateau still has 3,300 attempts at 1:500.
  quick: { normal: 3, surge: 6, plateau: 13, climb: 4, peak: 30, down: 3 },
};

/** The surge of the story. At 1:500, 10 users become 1,700, stay a while, become 4,000, and go. */
export function blackFriday({
  scale = 500,
  pace = "compressed",
  buyersPerSecond = BUYERS_PER_SECOND,
}: BlackFridayOptions = {}): LoadShape {
  const seconds = SECONDS[pace];
  const phase = (name: keyof Seconds, users: number): LoadPhase => ({ name, forMs: seconds[name] * 1_000, users });
  return {
    kind: "black-friday",
    scale,
    pace,
    startUsers: NORMAL_DAY,
    phases: [
      phase("normal", NORMAL_DAY),
      phase("surge", SURGE),
      phase("plateau", SURGE),
      phase("climb", PEAK),
      phase("peak", PEAK),
      phase("down", NORMAL_DAY),
    ],
    buyersPerSecond,
    steadyPhase: "plateau",
    peakPhase: "peak",
  };
}
