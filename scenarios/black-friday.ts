import { blackhole } from "#chaos/faults/blackhole.ts";
import { kill } from "#chaos/faults/kill.ts";
import { latency } from "#chaos/faults/latency.ts";
import { link, node } from "#chaos/faults/selectors.ts";
import { blackFriday } from "./shared/load.ts";
import { availability, p99, readsAvoided, recovers, shopInvariants, sometimes } from "./shared/objectives.ts";
import { scenario } from "./shared/scenario.ts";
import { during } from "./shared/timeline.ts";

export default scenario({
  title: "A Black Friday surge, with failures at its peak",
  question:
    "Does the shop stay inside its objectives and lose nothing when users grow 170-fold and then a replica dies, a cache hangs and a database falls silent?",
  background:
    "On a normal day 5,000 people used the shop at once. On Black Friday it went from 5,000 to 850,000 in less than ten minutes, later to 2,000,000. The first architecture, one process in front of one database, fell over: try `--system monolith`. This is the rebuilt one, at its peak, with the three failures that happen at peaks.",
  claim: "C1",
  system: { name: "scaled", without: [] },
  load: blackFriday(),
  // 20 s at 1,700 users with 7 s between pages: about 4,900 attempts.
  steady: [
    p99("all", { below: "200ms", window: { phase: "plateau" } }),
    availability("all", { atLeast: 0.999, window: { phase: "plateau" } }),
  ],
  // 18 s between them: 15 to tell whether the shop recovered within 10 s, and 3 for the proofs.
  timeline: [
    during(
      "peak",
      { id: "app-killed", after: "5s", for: "30s" },
      kill(node("app", { region: "eu", index: 2 })),
      "half of a region's replicas, at the worst moment",
    ),
    during(
      "peak",
      { id: "cache-hangs", after: "53s", for: "30s" },
      latency(link("app", "cache", { region: "eu" }), { added: "2s" }),
      "a cache that hangs is worse than one that is dead: every request waits for it",
    ),
    during(
      "peak",
      { id: "replica-silent", after: "101s", for: "30s" },
      blackhole(link("app", "replica", { region: "us" })),
      "connections stay open and nothing ever answers",
    ),
  ],
  expect: [
    p99("all", { below: "200ms", window: "whole" }),
    p99("buyers", { below: "200ms", window: "whole" }),
    availability("all", { atLeast: 0.999, window: "outside-faults" }),
    availability("all", { atLeast: 0.99, window: "during-faults" }),
    // 99.9 % would need 2,995 clean checkouts outside the faults, and the lane has some 2,700 there: 99.5 % can be told.
    availability("buyers", { atLeast: 0.995, window: "outside-faults" }),
    availability("buyers", { atLeast: 0.99, window: "during-faults" }),
    recovers("all", { within: "10s" }),
    // Five seconds of the lane are a hundred checkouts, of which one may be slow and one fail: enough to tell.
    recovers("buyers", { within: "10s" }),
    readsAvoided({ atLeast: 0.87, window: { phase: "peak" } }),
    ...shopInvariants,
    sometimes("the surge reached its peak"),
    sometimes("each fault was felt"),
    sometimes("the sold-out path was taken"),
    sometimes("the coupon ran out"),
    sometimes("a card was declined"),
  ],
});
