/** A stretch of the run clock. */
export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Stretches that overlap, as one: what two faults share is counted once. */
export function merged(stretches: readonly Stretch[]): readonly Stretch[] {
  const result: Stretch[] = [];
  for (const stretch of [...stretches].sort((a, b) => a.fromMs - b.fromMs)) {
    const open = result.at(-1);
    if (open === undefined || stretch.fromMs > open.toMs) result.push(stretch);
    else result.splice(-1, 1, { fromMs: open.fromMs, toMs: Math.max(open.toMs, stretch.toMs) });
  }
  return result;
}

/** What some stretches have in common with others. */
export function common(some: readonly Stretch[], others: readonly Stretch[]): readonly Stretch[] {
  return merged(
    some.flatMap((one) =>
      others.flatMap((other) => {
        const both = { fromMs: Math.max(one.fromMs, other.fromMs), toMs: Math.min(one.toMs, other.toMs) };
        return both.fromMs < both.toMs ? [both] : [];
      }),
    ),
  );
}
