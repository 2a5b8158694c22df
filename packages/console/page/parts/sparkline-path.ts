/** The line of a small chart. */
import type { Series } from '../data/series.ts';

/** Pixels. */
export const WIDTH = 96;
export const HEIGHT = 20;

/** The path of the line, and what a sentence says of it. */
export function drawn({ times, means }: Pick<Series, 'times' | 'means'>, from: number, to: number) {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  let last: number | undefined;
  for (const mean of means) {
    if (mean === null) continue;
    low = Math.min(low, mean);
    high = Math.max(high, mean);
    last = mean;
  }
  const height = high - low;
  let path = '';
  let pen = false;
  for (const [i, mean] of means.entries()) {
    if (mean === null) {
      pen = false;
      continue;
    }
    const x = (((times[i] as number) - from) / (to - from)) * (WIDTH - 2) + 1;
    const y = height === 0 ? HEIGHT / 2 : HEIGHT - 2 - ((mean - low) / height) * (HEIGHT - 4);
    // A single point is drawn as a dot: a line of no length with round ends.
    path += `${pen ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}`;
    if (!pen) path += 'h0.1';
    pen = true;
  }
  return { path, low, high, last };
}
