import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Histogram } from '../../src/index.ts';

describe('Histogram', () => {
  it('reads back quantiles that are at most a fifth too high, and never too low', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.01, max: 100_000, noNaN: true }), { minLength: 1, maxLength: 300 }),
        fc.constantFrom(0.5, 0.9, 0.99, 1),
        (values, part) => {
          const histogram = new Histogram();
          for (const value of values) histogram.record(value);
          const sorted = values.toSorted((a, b) => a - b);
          const truth = sorted[Math.ceil(part * values.length) - 1] as number;
          const read = histogram.quantile(part);
          assert.ok(read >= truth * 0.999_999 && read <= truth * 1.2, `${read} for ${truth}`);
        },
      ),
    );
  });

  it('is empty at first, and takes what is out of its range', () => {
    const histogram = new Histogram();
    assert.deepEqual(histogram.snapshot(), { count: 0, sum: 0, min: 0, max: 0, p50: 0, p90: 0, p99: 0 });
    for (const value of [0, -1, 1e9]) histogram.record(value);
    const { count, min, max, p50, p99 } = histogram.snapshot();
    assert.deepEqual([count, min, max, p50, p99], [3, 0, 1e9, 0.01, 1e9]);
  });

  it('counts what lies at or below bounds', () => {
    const histogram = new Histogram();
    for (const value of [1, 2, 3, 50]) histogram.record(value);
    assert.deepEqual(histogram.cumulative([0.32, 5.12, 81.92, 1e6]), [0, 3, 4, 4]);
  });
});
