import fc from "fast-check";
import { expect, test } from "vitest";
import { advance, BEGINNING, type Watermark } from "./watermark.ts";

test("an id that is missing below a later one is asked for again until it can be seen", () => {
  const first = advance(BEGINNING, { xmin: "10", xmax: "13", ids: ["1", "3"] });
  expect(first.mark).toEqual({ upTo: "3", gaps: [{ id: "2", horizon: "13" }] });
  const second = advance(first.mark, { xmin: "12", xmax: "14", ids: [] });
  expect(second.mark).toEqual(first.mark);
  const third = advance(second.mark, { xmin: "13", xmax: "15", ids: ["2", "4"] });
  expect(third.mark).toEqual({ upTo: "4", gaps: [] });
});

test("a gap is given up once every transaction that could fill it has ended", () => {
  const mark: Watermark = { upTo: "3", gaps: [{ id: "2", horizon: "13" }] };
  expect(advance(mark, { xmin: "12", xmax: "20", ids: [] }).mark.gaps).toHaveLength(1);
  expect(advance(mark, { xmin: "13", xmax: "20", ids: [] }).mark.gaps).toHaveLength(0);
});

test("a jump of the ids that would leave too many gaps is not taken before older gaps are settled", () => {
  const { mark, upTo } = advance(BEGINNING, { xmin: "1", xmax: "2", ids: ["1", "5000000"] });
  expect(upTo).toBe("1");
  expect(mark).toEqual({ upTo: "1", gaps: [] });
});

test("whatever the order of commits, every row is taken exactly once", () => {
  // Each transaction takes the next id and number when it begins, and shows its row when it ends, or never.
  const transactions = fc.array(
    fc.record({ lasts: fc.integer({ min: 0, max: 8 }), commits: fc.boolean(), looks: fc.boolean() }),
    { minLength: 1, maxLength: 40 },
  );
  fc.assert(
    fc.property(transactions, (plan) => {
      let mark: Watermark = BEGINNING;
      const taken: number[] = [];
      const look = (time: number): void => {
        const ended = plan.map((each, i) => i + each.lasts < time);
        const begun = Math.min(plan.length, time);
        const open = ended.findIndex((done, i) => i < begun && !done);
        const gaps = new Set(mark.gaps.map((gap) => Number(gap.id)));
        const ids = plan
          .map((_, i) => i + 1)
          .filter((id) => ended[id - 1] && plan[id - 1]?.commits && (id > Number(mark.upTo) || gaps.has(id)));
        const next = advance(mark, {
          xmin: String(open === -1 ? begun : open),
          xmax: String(begun),
          ids: ids.map(String),
        });
        taken.push(...ids);
        mark = next.mark;
      };
      plan.forEach((each, i) => {
        if (each.looks) look(i + 1);
      });
      // The first of these shows everything, the second that nothing else can come.
      look(plan.length + 10);
      look(plan.length + 10);
      const committed = plan.flatMap((each, i) => (each.commits ? [i + 1] : []));
      expect(taken.toSorted((a, b) => a - b)).toEqual(committed);
      expect(mark.gaps).toEqual([]);
    }),
    { numRuns: 500, seed: 4 },
  );
});
