import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseMoment } from '@fairlead/api';

test('a moment is RFC 3339 with an offset, relative, or now', () => {
  const now = Date.UTC(2026, 10, 30, 19);
  const found = (text: string) => parseMoment(text, now);
  assert.equal(found('now'), now);
  assert.equal(found('-90m'), now - 5_400_000);
  assert.equal(found('90m'), now - 5_400_000);
  assert.equal(found('-1.5s'), now - 1_500);
  assert.equal(found('2026-11-30T19:00:00Z'), now);
  assert.equal(found('2026-11-30t19:00z'), now);
  assert.equal(found('2026-11-30 20:00:00.000+01:00'), now);
  assert.equal(found('2026-11-30'), now - 19 * 3_600_000);
  for (const wrong of [
    '',
    '1',
    '-1',
    '999999999d',
    '-',
    '--1h',
    '2026-11-30T19:00:00',
    '2026-13-01',
    '-1y',
    'yesterday',
  ])
    assert.equal(found(wrong), undefined, wrong);
});
