import { blackhole } from "#chaos/faults/blackhole.ts";
import { link } from "#chaos/faults/selectors.ts";
import { availability, shopInvariants } from "#scenarios/shared/objectives.ts";
import { scenario } from "#scenarios/shared/scenario.ts";
import { atThePeak } from "./shared/at-the-peak.ts";
import { fewUsersFullShelves } from "./shared/few-users.ts";

export default scenario({
  title: "Commits that nobody confirms, for planted bugs",
  question: "Is it found that orders were committed and their jobs were not?",
  background:
    "Between two commits there is a moment in which only the first has happened. For five seconds no replica confirms a commit: an order is written on the primary, and its application has given up by the time that anybody says so.",
  system: { name: "scaled", without: [] },
  load: fewUsersFullShelves(),
  steady: [availability("buyers", { atLeast: 0.95, window: { phase: "plateau" } })],
  timeline: [
    atThePeak(
      "commits-hang",
      blackhole(link("replica", "primary")),
      "each checkout ends between its commit and whatever it would have done next",
    ),
  ],
  expect: [availability("buyers", { atLeast: 0.95, window: "outside-faults" }), ...shopInvariants],
});
