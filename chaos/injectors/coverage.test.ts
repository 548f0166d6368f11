import { describe, expect, test } from "vitest";
import type { StageOutline } from "#core/injector.ts";
import { EVERY_ABILITY } from "#core/substrate.ts";
import { topologyOf } from "#system/topology.ts";
import { coverLinks, coverNodes } from "./coverage.ts";

const outline = (...without: Parameters<typeof topologyOf>[1] & object): StageOutline => ({
  substrate: "local",
  topology: topologyOf("scaled", without),
  can: EVERY_ABILITY,
});

describe("a fault on what a missing protection alone used is not applicable", () => {
  test("the link to the warm tier, and the tier itself", () => {
    const link = { from: "app", to: "cache", region: "eu" } as const;
    expect(coverLinks(link, outline()).kind).toBe("covered");
    expect(coverLinks(link, outline("warm-tier"))).toEqual({
      kind: "not-applicable",
      reason: "in the scaled shop no app in eu dials a cache",
    });
    expect(coverNodes({ role: "cache" }, "kill", outline("warm-tier")).kind).toBe("not-applicable");
  });

  test("the link to a replica that is kept for the quorum only", () => {
    const link = { from: "app", to: "replica", region: "us" } as const;
    expect(coverLinks(link, outline()).kind).toBe("covered");
    expect(coverLinks(link, outline("replicas")).kind).toBe("not-applicable");
    expect(coverNodes({ role: "replica" }, "kill", outline("replicas")).kind).toBe("covered");
  });

  test("the way past the pooler, which is only taken without it", () => {
    const past = { from: "app", to: "primary" } as const;
    expect(coverLinks(past, outline()).kind).toBe("not-applicable");
    expect(coverLinks(past, outline("pooler")).kind).toBe("covered");
  });
});
