import { describe, expect, it } from "vitest";
import { type ObjectiveResult, type ObjectiveState, worst } from "./verdict.ts";

function result(state: ObjectiveState, group: ObjectiveResult["group"] = "load"): ObjectiveResult {
  return {
    id: "x",
    group,
    title: "x",
    state,
    target: "",
    observed: "",
    samples: 1,
    window: "whole",
    reason: "",
    evidence: [],
  };
}

describe("the worst of the results", () => {
  it("is broken before unknown before held", () => {
    expect(worst([result("held"), result("unknown"), result("broken")])).toBe("broken");
    expect(worst([result("held"), result("unknown")])).toBe("unknown");
    expect(worst([result("held"), result("not-judged"), result("not-applicable")])).toBe("held");
  });

  it("is unknown when no objective on the load was judged: a run that looked at nothing has not held", () => {
    expect(worst([])).toBe("unknown");
    expect(worst([result("not-judged")])).toBe("unknown");
    expect(worst([result("held", "orders"), result("held", "trust")])).toBe("unknown");
  });
});
