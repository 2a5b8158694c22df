import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeClock } from '@fairlead/testkit';
import { Owners } from '../../src/hub/owners.ts';
import type { Source } from '../../src/hub/source.ts';
import { indiErrors } from '../../src/index.ts';

/** As much of a source as ownership looks at. */
function source(name: string, kind: Source['kind'], given: Partial<Source> = {}): Source {
  return { name, kind, only: undefined, devices: new Set(), warning: undefined, ...given } as Source;
}

function world() {
  const clock = new FakeClock();
  const complaints: string[] = [];
  const complain = (_: Source, { message }: Error) => void complaints.push(message);
  const owners = new Owners(clock, { changed: () => {}, complain });
  const looped = indiErrors.error('CHAIN_LOOP', { chain: '@there', reason: 'is chained to this one too' });
  return {
    clock,
    owners,
    complaints,
    driver: source('ccd', 'driver'),
    chain: source('@elsewhere', 'chain'),
    ring: source('@there', 'chain', { warning: looped }),
  };
}

describe('Owners', () => {
  it('a device belongs to the source that showed it first, a driver before a chain', () => {
    const { owners, driver, chain, ring } = world();
    assert.ok(owners.take(chain, 'CCD'));
    assert.ok(!owners.take(ring, 'CCD'));
    assert.ok(owners.take(driver, 'CCD'));
    assert.ok(!owners.take(chain, 'CCD'));
    assert.deepEqual([[...chain.devices], [...driver.devices], owners.get('CCD')], [[], ['CCD'], driver]);
  });

  it('two drivers of one device are told about, once; a driver and a server with the same are not', () => {
    const { owners, complaints, driver, chain } = world();
    const second = source('second', 'driver');
    owners.take(driver, 'CCD');
    for (const from of [second, chain, second]) assert.ok(!owners.take(from, 'CCD'));
    assert.match(
      complaints.join(),
      /^The driver second defines the device "CCD", which ccd already serves[^,]*$/,
    );
    assert.deepEqual([second.warning?.message, chain.warning], [complaints[0], undefined]);
  });

  it('a chain for one device owns no other', () => {
    const { owners } = world();
    const one = source('CCD@there', 'chain', { only: 'CCD' });
    assert.deepEqual(
      [owners.take(one, 'CCD'), owners.take(one, 'Mount'), owners.take(one, '')],
      [true, false, false],
    );
  });

  it('the echo of a device that has gone comes to nothing over a ring, for a while', async () => {
    const { clock, owners, driver, chain, ring } = world();
    owners.take(driver, 'CCD');
    owners.forget(driver, 'CCD');
    assert.ok(!owners.take(ring, 'CCD'));
    assert.ok(owners.take(ring, 'Mount'), 'what went nowhere is believed');
    assert.ok(owners.take(chain, 'CCD'), 'no ring, no echo');
    owners.forget(chain, 'CCD');
    assert.ok(owners.take(driver, 'CCD'), 'it is back');
    owners.forget(driver, 'CCD');
    await clock.advance(30_000);
    assert.ok(owners.take(ring, 'CCD'), 'it has moved there');
  });

  it('remembers no more devices than one source may have', () => {
    const { owners, driver, ring } = world();
    for (let n = 0; n <= 1_024; n++) {
      owners.take(driver, `Device ${n}`);
      owners.forget(driver, `Device ${n}`);
    }
    assert.deepEqual([owners.take(ring, 'Device 0'), owners.take(ring, 'Device 1')], [true, false]);
  });
});
