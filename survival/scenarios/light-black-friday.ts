import blackFriday from "#scenarios/black-friday.ts";
import { blackFriday as surge } from "#scenarios/shared/load.ts";
import { availability, shopInvariants } from "#scenarios/shared/objectives.ts";
import { scenario } from "#scenarios/shared/scenario.ts";

/**
 * The default scenario's shop and faults under a fraction of its load: two of these fit a machine side by side, and on a
 * busy one the shop is still well enough to be given its faults. What it says of the shop's speed is worth nothing.
 */
export default scenario({
  ...blackFriday,
  title: `${blackFriday.title}, with few users`,
  load: surge({ scale: 4_000, buyersPerSecond: 5 }),
  // Some 300 attempts on the plateau: enough to tell nine of ten, which two runs at once must still reach.
  steady: [availability("all", { atLeast: 0.9, window: { phase: "plateau" } })],
  expect: [availability("all", { atLeast: 0.9, window: "whole" }), ...shopInvariants],
});
