/**
 * Times in buckets whose bounds grow by a fixed factor: four a doubling, from 10 microseconds to about 170 seconds.
 *
 *   bucket    0        1         2         3        4        ...  96
 *   up to     0.01 ms  0.0119    0.0141    0.0168   0.02          rest
 *
 * A value that is read is the upper bound of its bucket: at most 19% above the recorded value.
 */

const FIRST = 0.01;
const A_DOUBLING = 4;
const BUCKETS = 97;

/** The contents of a histogram, in milliseconds: a plain object. */
export interface HistogramSnapshot {
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
}

export class Histogram {
  #counts: Uint32Array | undefined;
  #count = 0;
  #sum = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = 0;

  get count(): number {
    return this.#count;
  }

  record(ms: number): void {
    this.#counts ??= new Uint32Array(BUCKETS);
    const value = ms > 0 ? ms : 0;
    const at = value <= FIRST ? 0 : Math.min(BUCKETS - 1, Math.ceil(Math.log2(value / FIRST) * A_DOUBLING));
    (this.#counts[at] as number)++;
    this.#count++;
    this.#sum += value;
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
  }

  /** The time that a given part of all values does not exceed: `quantile(0.99)`. 0 if nothing was recorded. */
  quantile(part: number): number {
    if (this.#counts === undefined) return 0;
    let left = Math.max(1, Math.ceil(part * this.#count));
    for (let at = 0; at < BUCKETS; at++) {
      left -= this.#counts[at] as number;
      if (left <= 0) return Math.max(this.#min, Math.min(this.#max, upperBound(at)));
    }
    return this.#max;
  }

  /** Number of values at or below each of the ascending `bounds`; exact for bounds of the histogram itself. */
  cumulative(bounds: readonly number[]): number[] {
    const counts = this.#counts;
    let at = 0;
    let sum = 0;
    return bounds.map((bound) => {
      for (; counts !== undefined && at < BUCKETS && upperBound(at) <= bound * 1.000001; at++)
        sum += counts[at] as number;
      return sum;
    });
  }

  snapshot(): HistogramSnapshot {
    return {
      count: this.#count,
      sum: this.#sum,
      min: this.#count === 0 ? 0 : this.#min,
      max: this.#max,
      p50: this.quantile(0.5),
      p90: this.quantile(0.9),
      p99: this.quantile(0.99),
    };
  }
}

function upperBound(bucket: number): number {
  return bucket === BUCKETS - 1 ? Number.POSITIVE_INFINITY : FIRST * 2 ** (bucket / A_DOUBLING);
}
