import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bucketOf, bucketUpperMs, Histogram } from "./histogram.ts";

describe("a histogram", () => {
  it("puts every value into a bucket that ends at it or within 0.8 % above it", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e7, noNaN: true }), (ms) => {
        const upper = bucketUpperMs(bucketOf(ms));
        expect(upper).toBeGreaterThanOrEqual(ms);
        expect(upper - ms).toBeLessThanOrEqual(Math.max(1 / 16, ms * 0.008));
      }),
    );
  });

  it("numbers its buckets in the order of their values, without a gap at a doubling", () => {
    for (let bucket = 0; bucket < 5_000; bucket += 1) {
      expect(bucketOf(bucketUpperMs(bucket))).toBe(bucket + 1);
      expect(bucketUpperMs(bucket + 1)).toBeGreaterThan(bucketUpperMs(bucket));
    }
  });

  it("answers quantiles by rank and none without values", () => {
    const histogram = new Histogram();
    expect(histogram.quantile(0.99)).toBeUndefined();
    for (let ms = 1; ms <= 1_000; ms += 1) histogram.record(ms);
    expect(histogram.quantile(0.5)).toBeCloseTo(500, -1);
    expect(histogram.quantile(0.99)).toBeGreaterThanOrEqual(990);
    expect(histogram.quantile(0.99)).toBeLessThan(1_000);
  });

  it("merges to the same as if all had been recorded in one, also through JSON", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1e5, noNaN: true })), fc.nat(20), (values, cut) => {
        const [one, two, whole] = [new Histogram(), new Histogram(), new Histogram()];
        for (const [i, ms] of values.entries()) {
          (i < cut ? one : two).record(ms);
          whole.record(ms);
        }
        const merged = Histogram.from(JSON.parse(JSON.stringify(one.toData())));
        merged.merge(two.toData());
        expect(merged.toData()).toEqual(whole.toData());
        expect(merged.total).toBe(values.length);
      }),
    );
  });
});
