import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { settled } from '@fairlead/testkit';
import type { Profile } from '../../src/index.ts';
import { deviceOf, profileWorld, stars } from '../profiles.ts';

async function starWorld(terms: Partial<Profile>) {
  const profile: Profile = { ...stars, ...terms };
  const made = await profileWorld([profile], [deviceOf(profile, 'd001')]);
  const peer = await (await made.tracker()).send('*d001,0#');
  return { ...made, peer };
}

describe('the time that a profile sets', () => {
  it('closes a silent link: its idle time, or two and a half heartbeats', async () => {
    for (const [terms, limit] of [
      [{ idle: 10_000, heartbeat: 1_000 }, 10_000],
      [{ heartbeat: 4_000 }, 10_000],
    ] as const) {
      const { peer, clock, gateway } = await starWorld(terms);
      await clock.advance(8_000);
      await peer.send('+1#');
      await clock.advance(limit - 1_000);
      assert.equal(peer.closed, false);
      await clock.advance(2_000);
      assert.equal(gateway.links()[0]?.code, 'IDLE_TIMEOUT');
    }
  });

  it('takes hold when the profile is changed, and does not run while we do not read', async () => {
    const { peer, clock, gateway, put, bus } = await starWorld({});
    await clock.advance(3_600_000);
    assert.equal(peer.closed, false);
    put(deviceOf({ ...stars, idle: 5_000 }, 'd001'));
    await gateway.deviceChanged('d001');
    bus.fill();
    await peer.send('+1#', '+2#');
    await clock.advance(60_000);
    assert.equal(peer.closed, false);
    bus.empty();
    await settled();
    await clock.advance(6_000);
    assert.equal(gateway.links()[0]?.code, 'IDLE_TIMEOUT');
  });
});

describe('the rate that a profile sets', () => {
  it('slows a device down that sends more, and loses nothing', async () => {
    const { peer, clock, bus, gateway } = await starWorld({ rate: { messages: 10, per: 1_000 } });
    for (let i = 0; i < 5; i++) await peer.send('+x#'.repeat(10));
    const read = () => bus.readings.length;
    assert.equal(read(), 11);
    await clock.advance(100);
    assert.equal(read(), 21);
    await clock.advance(999);
    assert.equal(read(), 21);
    for (let i = 0; i < 5; i++) await clock.advance(1_000);
    assert.equal(read(), 51);
    assert.equal(gateway.links()[0]?.state, 'open');
  });
});
