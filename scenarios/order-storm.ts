import { blackhole } from "#chaos/faults/blackhole.ts";
import { kill } from "#chaos/faults/kill.ts";
import { pause } from "#chaos/faults/pause.ts";
import { link, node } from "#chaos/faults/selectors.ts";
import { blackFriday } from "./shared/load.ts";
import { availability, p99, recovers, shopInvariants, sometimes } from "./shared/objectives.ts";
import { scenario } from "./shared/scenario.ts";
import { during } from "./shared/timeline.ts";

export default scenario({
  title: "A storm of orders, with failures on their way",
  question:
    "Does the shop lose, double, invent or oversell an order when hardly anybody looks and everybody buys, and the parts that an order passes through fail one after the other?",
  background:
    "A page that was slow is forgotten; an order that was acknowledged and is gone is a lawsuit. Black Friday's own run has twenty buyers a second among thousands who look. Here a hundred buy each second and few look, so that one run compares five times as many orders, and every failure meets five times as many that are half done.",
  claim: "C14",
  system: { name: "scaled", without: [] },
  load: blackFriday({ scale: 5_000, buyersPerSecond: 100 }),
  steady: [
    p99("buyers", { below: "500ms", window: { phase: "plateau" } }),
    availability("buyers", { atLeast: 0.99, window: { phase: "plateau" } }),
  ],
  // 18 s between a healing and the next fault, so that each recovery can be told.
  timeline: [
    during(
      "peak",
      { id: "app-killed", after: "3s", for: "10s" },
      kill(node("app", { region: "eu", index: 2 })),
      "orders that it was about to answer are in doubt for their buyers",
    ),
    during(
      "peak",
      { id: "commits-unheard", after: "31s", for: "5s" },
      blackhole(link("app", "pooler", { region: "eu" })),
      "what was sent may be committed, and nobody hears of it",
    ),
    during(
      "peak",
      { id: "queue-frozen", after: "54s", for: "5s" },
      pause(node("queue")),
      "finished jobs cannot be reported, and orders wait in the outbox",
    ),
    during(
      "peak",
      { id: "replica-cut-off", after: "77s", for: "5s" },
      blackhole(link("replica", "primary", { region: "us" })),
      "commits wait for the replica that is left",
    ),
    // The longest: a job counts as forgotten when its worker has been silent for ten seconds.
    during(
      "peak",
      { id: "worker-killed", after: "100s", for: "30s" },
      kill(node("worker", { index: 1 })),
      "jobs in hand are taken up by somebody else, who cannot know how far they were",
    ),
  ],
  expect: [
    availability("buyers", { atLeast: 0.99, window: "outside-faults" }),
    recovers("buyers", { within: "10s" }),
    ...shopInvariants,
    sometimes("the surge reached its peak"),
    sometimes("each fault was felt"),
    sometimes("the sold-out path was taken"),
  ],
});
