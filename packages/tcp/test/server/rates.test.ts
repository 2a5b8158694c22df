import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { tcpLimits } from '../../src/limits.ts';
import { parseAddress, sourceOf } from '../../src/server/addresses.ts';
import { SourceRates } from '../../src/server/rates.ts';

describe('the rate of new links by source', () => {
  it('is that of each source alone', () => {
    const rates = new SourceRates(2, 3);
    const taken = (source: string, now: number) => rates.take(source, now);
    assert.deepEqual(
      [1, 2, 3, 4].map(() => taken('a', 0)),
      [true, true, true, false],
    );
    assert.equal(taken('b', 0), true, 'another source');
    assert.equal(taken('a', 500), true, 'one more after half a second');
    assert.equal(taken('a', 500), false);
  });

  it('forgets the sources seen least recently', () => {
    const rates = new SourceRates(0.001, 1);
    const { rateAddresses } = tcpLimits.values;
    assert.equal(rates.take('first', 0), true);
    for (let i = 1; i < rateAddresses; i++) rates.take(`other ${i}`, 0);
    assert.equal(rates.take('first', 0), false, 'it is remembered, and now the newest');
    rates.take('one more', 0);
    assert.equal(rates.take('first', 0), false);
    assert.equal(rates.take('other 1', 0), true, 'the oldest was forgotten');
  });

  it('counts the network of an IPv6 address, and a mapped address as IPv4', () => {
    assert.equal(sourceOf('2001:db8::7'), sourceOf('2001:db8:0:0:ffff::1'));
    assert.notEqual(sourceOf('2001:db8::7'), sourceOf('2001:db8:0:1::7'));
    assert.equal(sourceOf('::ffff:192.0.2.7'), '192.0.2.7');
    assert.equal(sourceOf('unknown'), 'unknown');
    assert.equal(parseAddress('1.2.3'), undefined);
  });
});
