import { latency } from "#chaos/faults/latency.ts";
import { link } from "#chaos/faults/selectors.ts";
import { availability, shopInvariants } from "#scenarios/shared/objectives.ts";
import { scenario } from "#scenarios/shared/scenario.ts";
import { atThePeak } from "./shared/at-the-peak.ts";
import { fewUsersFullShelves } from "./shared/few-users.ts";

export default scenario({
  title: "A queue that answers too late, for planted bugs",
  question: "Is it found that a job that was delivered twice took effect twice?",
  background:
    "A queue delivers at least once, because an answer can be lost. For five seconds the queue takes what the relay publishes and answers after the relay has given up, so that it publishes again.",
  system: { name: "scaled", without: [] },
  load: fewUsersFullShelves(),
  steady: [availability("buyers", { atLeast: 0.95, window: { phase: "plateau" } })],
  timeline: [
    atThePeak(
      "relay-unanswered",
      latency(link("relay", "queue"), { added: "3s" }),
      "a third of that is the relay's patience: everything is published, and published again",
    ),
  ],
  expect: [availability("buyers", { atLeast: 0.95, window: "outside-faults" }), ...shopInvariants],
});
