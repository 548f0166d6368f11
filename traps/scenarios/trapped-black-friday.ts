import blackFriday from "#scenarios/black-friday.ts";
import { scenario } from "#scenarios/shared/scenario.ts";

/** The default scenario under a name of its own, so that results of traps push no real ones out. */
export default scenario({
  ...blackFriday,
  title: `${blackFriday.title}, for traps`,
});
