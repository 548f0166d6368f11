import blackFriday from "#scenarios/black-friday.ts";
import { scenario } from "#scenarios/shared/scenario.ts";

/**
 * The default scenario under a name of its own, so that results of traps push no real ones out. It lacks one objective:
 * a quick peak is a third hanging cache, and reads avoided then come to 86 or 88 % by chance (seen), so that the shop
 * would be broken where the testbed is on trial.
 */
export default scenario({
  ...blackFriday,
  title: `${blackFriday.title}, for traps`,
  expect: blackFriday.expect.filter(({ kind }) => kind !== "reads-avoided"),
});
