import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { FairTotal } from '../src/fair-total.ts';

describe('a total that leaves each some room', () => {
  it('lets one have all, and then each an equal part', () => {
    const total = new FairTotal(100);
    assert.ok(total.allows(0, 500)); // alone it may always
    total.change(0, 90);
    assert.ok(total.allows(90, 10));
    assert.ok(!total.allows(90, 11));
    assert.ok(total.allows(0, 50));
    assert.ok(!total.allows(0, 51));
    total.change(0, 50);
    assert.ok(!total.allows(50, 1));
    assert.ok(total.allows(0, 33));
    total.change(90, 0);
    assert.deepEqual([total.used, total.allows(50, 50)], [50, true]);
  });

  it('never grows beyond the total times 1 + ln(n)', () => {
    const steps = fc.array(fc.tuple(fc.nat(50), fc.nat(100)), { maxLength: 2_000 });
    fc.assert(
      fc.property(steps, (all) => {
        const total = new FairTotal(100);
        const held = new Map<number, number>();
        for (const [peer, more] of all) {
          const own = held.get(peer) ?? 0;
          if (!total.allows(own, more)) continue;
          total.change(own, own + more);
          held.set(peer, own + more);
        }
        assert.ok(total.used <= 100 * (1 + Math.log(51)) + 1);
      }),
    );
  });
});
