import { availability, shopInvariants } from "#scenarios/shared/objectives.ts";
import { scenario } from "#scenarios/shared/scenario.ts";
import { fewUsersBareShelves } from "./shared/few-users.ts";

export default scenario({
  title: "A surge without failures, for planted bugs",
  question: "Is a mistake found that needs nothing to go wrong?",
  background:
    "Some mistakes show as soon as people buy: a sign, a row too many, a key that nobody looks up. The run that exposes them is a surge in which nothing fails.",
  system: { name: "scaled", without: [] },
  load: fewUsersBareShelves(),
  steady: [availability("buyers", { atLeast: 0.95, window: { phase: "plateau" } })],
  timeline: [],
  expect: [availability("buyers", { atLeast: 0.95 }), ...shopInvariants],
});
