/** A share for people. Never rounds a share that is not whole up to 100 %, nor one that is not nothing down to 0 %. */
export function percent(share: number): string {
  for (const digits of [1, 2, 3, 4]) {
    const text = (share * 100).toFixed(digits);
    const isFlattened = (Number(text) === 100 && share < 1) || (Number(text) === 0 && share > 0);
    // Between 99 % and 100 % the digits behind the point are the news.
    if (!isFlattened && (digits >= 2 || share < 0.99 || share === 1)) return `${Number(text)}%`;
  }
  return share < 0.5 ? "<0.0001%" : ">99.9999%";
}

/** Milliseconds for people; without an answer there are none. */
export function latencyWords(ms: number): string {
  if (!Number.isFinite(ms)) return "no answer";
  if (ms >= 1_000) return `${(ms / 1_000).toFixed(2).replace(/\.?0+$/, "")}s`;
  return ms >= 100 ? `${Math.round(ms)}ms` : `${Number(ms.toFixed(1))}ms`;
}

export function countWords(count: number): string {
  return Math.round(count).toLocaleString("en-US");
}

/** A stretch of time for people, to a tenth of a second. */
export function seconds(ms: number): string {
  return `${Number((ms / 1_000).toFixed(1))}s`;
}
