import { describe, expect, it } from "vitest";
import { randomStream } from "./random.ts";

describe("a random stream", () => {
  it("repeats itself for the same seed and name, and differs for another of either", () => {
    const take = (seed: string, name: string) => {
      const random = randomStream(seed, name);
      return Array.from({ length: 5 }, () => random.next());
    };
    expect(take("a", "users")).toEqual(take("a", "users"));
    expect(take("a", "users")).not.toEqual(take("b", "users"));
    expect(take("a", "users")).not.toEqual(take("a", "think"));
  });

  it("is uniform: sixteen cells of 160,000 draws stay within chi-square's 99.9 % limit", () => {
    const random = randomStream("seed", "uniform");
    const cells = new Array<number>(16).fill(0);
    for (let i = 0; i < 160_000; i += 1) {
      const cell = random.integer(16);
      cells[cell] = (cells[cell] ?? 0) + 1;
    }
    const chiSquare = cells.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
    // 15 degrees of freedom.
    expect(chiSquare).toBeLessThan(37.7);
  });

  it("has the asked mean where it is exponential", () => {
    const random = randomStream("seed", "think");
    let sum = 0;
    for (let i = 0; i < 100_000; i += 1) sum += random.exponential(7);
    expect(sum / 100_000).toBeGreaterThan(6.9);
    expect(sum / 100_000).toBeLessThan(7.1);
  });
});
