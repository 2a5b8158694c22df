/** A browser whose clock is wrong shows right ages, and says that it is wrong. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { heardTime, serviceNow, skew } from '../page/data/clock.ts';
import { joinedNotices } from '../page/data/notice-list.ts';
import { sampled } from '../page/data/samples.ts';
import { ageParts } from '../page/format/time.ts';

const HOUR = 3_600_000;

test('ages are right with a clock that is an hour off, both ways', () => {
  const service = 1_800_000_000_000;
  for (const [off, ahead] of [
    [HOUR, true],
    [-HOUR, false],
  ] as const) {
    const here = service + off;
    heardTime(service, here);
    // Twelve seconds later by both clocks, of something that happened two seconds after the service told its time.
    const age = serviceNow(here + 12_000) - (service + 2_000);
    assert.deepEqual(ageParts(age), { value: 10, unit: 's' });
    assert.deepEqual(skew(), { ahead, seconds: 3_600 });
  }
  heardTime(service, service + 4_000);
  assert.equal(skew(), undefined, 'a few seconds are the way of the answer');
});

test('rates are those between two samples, with a gap where the service began anew', () => {
  const totals = (messages: number) => ({ messages, bytesIn: messages * 10, bytesOut: 0 });
  let samples = sampled([], 1_000, totals(0));
  samples = sampled(samples, 1_400, totals(100));
  assert.equal(samples.length, 1, 'too soon');
  samples = sampled(samples, 3_000, totals(100));
  assert.deepEqual(samples.at(-1)?.rates, { messages: 50, bytesIn: 500, bytesOut: 0 });
  samples = sampled(samples, 4_000, totals(5));
  assert.equal(samples.at(-1)?.rates, null);
  for (let i = 0; i < 1_000; i++) samples = sampled(samples, 5_000 + i * 1_000, totals(i));
  assert.equal(samples.length, 300);
});

test('a notice that is told again is in the list once, and the list has a bound', () => {
  const notice = (i: number) => ({ time: `t${i}`, level: 'warn' as const, message: 'm' });
  const first = joinedNotices([], [notice(1), notice(2)]);
  const second = joinedNotices(first.all, [notice(2), notice(3)]);
  assert.deepEqual(second.fresh, [notice(3)]);
  assert.equal(second.all.length, 3);
  const many = joinedNotices(
    second.all,
    Array.from({ length: 500 }, (_, i) => notice(i + 10)),
  );
  assert.equal(many.all.length, 200);
  assert.deepEqual(many.all.at(-1), notice(509));
});
