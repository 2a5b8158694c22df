import assert from 'node:assert/strict';
import { it } from 'node:test';
import { ago, ahead } from '../../src/output/text.ts';

it('times are told from now, behind and ahead', () => {
  const minute = 60_000;
  const hour = 60 * minute;
  const day = 24 * hour;
  const now = Date.UTC(2026, 0, 1);
  const cases: [ms: number, behind: string, before: string][] = [
    [0, 'just now', 'now'],
    [9_000, '9 s ago', 'in 9 s'],
    [3 * minute, '3 min ago', 'in 3 min'],
    [5 * hour, '5 h ago', 'in 5 h'],
    [day, '1 day ago', 'in 1 day'],
    [2 * day, '2 days ago', 'in 2 days'],
    [40 * day, '2025-11-22', '2026-02-10'],
  ];
  for (const [ms, behind, before] of cases)
    assert.deepEqual([ago(now - ms, now), ahead(now + ms, now)], [behind, before]);
});
