import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertLinear, seeded } from '@fairlead/testkit';
import { Alignment, type Pair } from '../../src/replay/align.ts';

const exact = (old: number, fresh: number) => (old === fresh ? 8 : Math.abs(old - fresh) < 0.5 ? 1 : 0);

/** Feeds both sides in bursts, as a capture does. */
function aligned(
  old: readonly number[],
  fresh: readonly number[],
  burst: () => number,
): Pair<number, number>[] {
  const alignment = new Alignment(exact);
  const pairs: Pair<number, number>[] = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < fresh.length) {
    for (let n = burst(); n > 0 && j < fresh.length; n--)
      pairs.push(...alignment.addFresh(fresh[j++] as number));
    while (i < old.length && i < j) pairs.push(...alignment.addOld(old[i++] as number));
    if (j === fresh.length) while (i < old.length) pairs.push(...alignment.addOld(old[i++] as number));
  }
  pairs.push(...alignment.settle());
  return pairs;
}

test('every item is told once and in order; equal items find each other, whatever is missing on either side', () => {
  const random = seeded(3);
  for (let round = 0; round < 30; round++) {
    const all = Array.from({ length: 1_500 }, (_, i) => i);
    const old = all.filter(() => random() > 0.1);
    const fresh = all.filter(() => random() > 0.1).map((n) => (random() < 0.1 ? n + 0.25 : n));
    const pairs = aligned(old, fresh, () => 1 + Math.floor(random() * 400));
    assert.deepEqual(
      pairs.flatMap((pair) => pair.old ?? []),
      old,
    );
    assert.deepEqual(
      pairs.flatMap((pair) => pair.fresh ?? []),
      fresh,
    );
    const both = new Set(old);
    const missed = pairs.filter(
      ({ old: one, fresh: other }) => one === undefined && both.has(other as number),
    );
    assert.ok(missed.length <= 2, `${missed.length} of ${fresh.length}`);
    for (const { old: one, fresh: other } of pairs)
      if (one !== undefined && other !== undefined) assert.ok(Math.abs(one - other) < 0.5);
  }
});

test('sequences that have nothing in common take time in proportion to their length', () => {
  return assertLinear(
    2_000,
    (size) => Array.from({ length: size }, (_, i) => i),
    (old) => {
      const alignment = new Alignment(exact);
      for (const n of old) {
        alignment.addOld(n);
        alignment.addFresh(n + 1_000_000);
      }
      assert.ok(alignment.settle().length > 0);
    },
  );
});
