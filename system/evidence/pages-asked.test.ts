import { expect, test } from "vitest";
import { pagesToRead } from "./pages-asked.ts";

const shelf = (productId: number, sold: number) => ({ productId, initial: 50, onHand: 50 - sold, lowest: 50 - sold });

test("whatever moved is asked for, and of what never did a few that lie all over", () => {
  const moved = Array.from({ length: 900 }, (_, index) => shelf(2 * index + 1, 3));
  const still = Array.from({ length: 500 }, (_, index) => shelf(2 * index + 2, 0));
  const asked = pagesToRead([...moved, ...still]);
  expect(asked).toHaveLength(950);
  for (const { productId } of moved) expect(asked).toContain(productId);
  expect(asked.filter((product) => product % 2 === 0).slice(0, 3)).toEqual([2, 22, 42]);
  expect([...asked].sort((a, b) => a - b)).toEqual(asked);
});

test("a shelf that is full again has moved", () => {
  expect(pagesToRead([{ productId: 7, initial: 50, onHand: 50, lowest: 12 }])).toEqual([7]);
});

test("of too many the most popular are asked for and a share of the rest", () => {
  const asked = pagesToRead(Array.from({ length: 5_000 }, (_, index) => shelf(index + 1, 1)));
  expect(asked).toHaveLength(1_000);
  expect(asked.slice(0, 750)).toEqual(Array.from({ length: 750 }, (_, index) => index + 1));
  expect(asked.at(750)).toBe(751);
  expect(asked.at(-1)).toBe(4_984);
});
