import { blackhole } from "#chaos/faults/blackhole.ts";
import { link } from "#chaos/faults/selectors.ts";
import { availability, shopInvariants } from "#scenarios/shared/objectives.ts";
import { scenario } from "#scenarios/shared/scenario.ts";
import { atThePeak } from "./shared/at-the-peak.ts";
import { fewUsersFullShelves } from "./shared/few-users.ts";

export default scenario({
  title: "A database that falls silent, for planted bugs",
  question: "Is it found that buyers were told of orders whose write never landed?",
  background:
    "Whoever answers before the database has answered is right as long as nothing goes wrong. For five seconds nothing of what the applications send arrives at the pooler, while people go on buying.",
  system: { name: "scaled", without: [] },
  load: fewUsersFullShelves(),
  steady: [availability("buyers", { atLeast: 0.95, window: { phase: "plateau" } })],
  timeline: [
    atThePeak(
      "pooler-silent",
      blackhole(link("app", "pooler")),
      "what was acknowledged meanwhile cannot have been written",
    ),
  ],
  expect: [availability("buyers", { atLeast: 0.95, window: "outside-faults" }), ...shopInvariants],
});
