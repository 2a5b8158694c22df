import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { schedule, timesBetween } from '../../src/job/schedule.ts';

const START = Date.UTC(2026, 0, 1);

it('times between two moments are those that walking finds, the latest of them', () => {
  const patterns = fc.constantFrom('* * * * *', '*/7 * * * *', '0 3 * * *', '30 2 * * 1', '0 0 1 * *');
  const hours = fc.integer({ min: 0, max: 24 * 40 });
  fc.assert(
    fc.property(patterns, hours, hours, fc.integer({ min: 1, max: 20 }), (pattern, from, length, most) => {
      const next = schedule('job', pattern, 'Europe/Berlin');
      const begin = START + from * 3_600_000;
      const end = begin + (pattern.startsWith('*') ? length % 24 : length) * 3_600_000;
      const walked: number[] = [];
      for (let at = next(begin); at !== undefined && at <= end; at = next(at)) walked.push(at);
      assert.deepEqual(timesBetween(next, begin, end, most), walked.slice(-most));
    }),
    { numRuns: 50 },
  );
});

it('what that costs does not hang on how long ago it began', () => {
  let asked = 0;
  const every = schedule('job', '* * * * * *', 'UTC');
  const next = (after: number) => {
    asked++;
    return every(after);
  };
  const tenYears = 10 * 365 * 86_400_000;
  assert.equal(timesBetween(next, START, START + tenYears, 100).length, 100);
  assert.ok(asked < 1_000, `${asked} steps`);
});
