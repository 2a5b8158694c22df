/** How the page shows times, numbers and the names that strangers chose. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { count, rate, size } from '../page/format/numbers.ts';
import { visible } from '../page/format/text.ts';
import { ageParts, clockTime } from '../page/format/time.ts';

test('ages have one unit, and none is negative', () => {
  assert.deepEqual(ageParts(-5_000), { value: 0, unit: 's' });
  assert.deepEqual(ageParts(59_999), { value: 59, unit: 's' });
  assert.deepEqual(ageParts(60_000), { value: 1, unit: 'min' });
  assert.deepEqual(ageParts(47 * 3_600_000), { value: 47, unit: 'h' });
  assert.deepEqual(ageParts(48 * 3_600_000), { value: 2, unit: 'd' });
});

test('a time of today has milliseconds, an older one its day', () => {
  const now = new Date(2026, 10, 30, 12).getTime();
  assert.equal(clockTime(new Date(2026, 10, 30, 10, 14, 2, 117).getTime(), now, 'en'), '10:14:02.117');
  assert.equal(clockTime(new Date(2026, 10, 28, 10, 14).getTime(), now, 'en'), 'Nov 28 10:14');
  assert.equal(clockTime(new Date(2026, 10, 28, 10, 14).getTime(), now, 'zh'), '11月28日 10:14');
});

test('sizes count in thousands, rates have three digits, none is a dash', () => {
  assert.equal(size(999, 'en'), '999 B');
  assert.equal(size(1_234, 'en'), '1.23 kB');
  assert.equal(size(999_999, 'en'), '1 MB');
  assert.equal(rate(5_123.4, 'en'), '5,120');
  assert.equal(count(20_012, 'en'), '20,012');
  assert.equal(count(undefined, 'en'), '–');
});

test('control characters and those that turn the writing round are written out', () => {
  assert.equal(visible('a\u202eb\u0000c<b>'), 'a\\u202eb\\u0000c<b>');
});
