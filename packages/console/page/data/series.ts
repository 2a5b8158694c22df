/** A value over time, as charts draw it. */
import type { HistoryBucketView } from '@fairlead/api';

/** A field over time. Where nothing came for an interval there is `null`, so that a line has a gap. */
export interface Series {
  /** Unix milliseconds, the oldest first. */
  readonly times: readonly number[];
  readonly means: readonly (number | null)[];
  readonly lows: readonly (number | null)[];
  readonly highs: readonly (number | null)[];
}

/** @param step milliseconds of an interval */
export function seriesOf(buckets: readonly HistoryBucketView[], step: number): ReadonlyMap<string, Series> {
  const all = new Map<string, { -readonly [K in keyof Series]: Series[K][number][] }>();
  for (const { field, time, mean, min, max } of buckets) {
    if (mean === undefined || min === undefined || max === undefined) continue;
    let series = all.get(field);
    if (series === undefined) {
      series = { times: [], means: [], lows: [], highs: [] };
      all.set(field, series);
    }
    const at = Date.parse(time);
    const last = series.times.at(-1);
    if (last !== undefined && at - last > step) add(series, last + step, null, null, null);
    add(series, at, mean, min, max);
  }
  return all;
}

function add(
  { times, means, lows, highs }: { -readonly [K in keyof Series]: Series[K][number][] },
  time: number,
  mean: number | null,
  low: number | null,
  high: number | null,
): void {
  times.push(time);
  means.push(mean);
  lows.push(low);
  highs.push(high);
}
