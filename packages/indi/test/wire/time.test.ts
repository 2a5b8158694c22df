import assert from 'node:assert/strict';
import { it } from 'node:test';
import { formatTimestamp, parseTimestamp } from '../../src/index.ts';

it('timestamps are UTC, to the second when written, with fractions when read', () => {
  const time = Date.UTC(2026, 10, 20, 10, 5, 48);
  assert.equal(formatTimestamp(time + 999), '2026-11-20T10:05:48');
  assert.equal(parseTimestamp('2026-11-20T10:05:48'), time);
  assert.equal(parseTimestamp(' 2026-11-20T10:05:48.25Z '), time + 250);
  for (const bad of [
    '',
    '2026-11-20',
    '2026-13-01T00:00:00',
    '2026-02-30T00:00:00',
    '2026-11-20T24:00:00',
    'now',
  ])
    assert.equal(parseTimestamp(bad), undefined, bad);
});
