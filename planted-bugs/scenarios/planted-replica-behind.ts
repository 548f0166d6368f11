import { blackhole } from "#chaos/faults/blackhole.ts";
import { link } from "#chaos/faults/selectors.ts";
import { availability, shopInvariants } from "#scenarios/shared/objectives.ts";
import { scenario } from "#scenarios/shared/scenario.ts";
import { during } from "#scenarios/shared/timeline.ts";
import { fewUsers } from "./shared/few-users.ts";

export default scenario({
  title: "A region's replica falls behind, for planted bugs",
  question: "Is a mistake found that needs a replica to be late?",
  background:
    "A replica answers as fast as ever when nothing reaches it any more: with what it knew then. Whoever reads there what was just written reads the past.",
  system: { name: "scaled", without: [] },
  load: fewUsers(),
  steady: [availability("buyers", { atLeast: 0.95, window: { phase: "plateau" } })],
  // It ends two seconds before the load does: what is sold after it is told rightly again, and would hide the mistake.
  timeline: [
    during(
      "peak",
      { id: "replica-behind", after: "8s", for: "20s" },
      blackhole(link("replica", "primary", { region: "us" })),
      "orders commit with the other region's replica, and this one stays where it was",
    ),
  ],
  expect: [availability("buyers", { atLeast: 0.95 }), ...shopInvariants],
});
