import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fault, settled } from '@fairlead/testkit';
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
  fault(
    {
      name: 'A device sends more than its rate, which waits',
      where: 'device',
      happens: 'It is read no faster than its rate; nothing is lost.',
    },
    async () => {
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
    },
  );
});

describe('how much a device may send', () => {
  const refuse = { messages: 3, per: 1_000, exceeded: 'refuse' } as const;

  fault(
    {
      name: 'A device sends more than its rate, which refuses',
      where: 'device',
      happens: 'What is too much is dropped and counted, and the link stays open.',
      code: 'RATE_EXCEEDED',
    },
    async () => {
      const { peer, clock, bus, gateway, logged } = await starWorld({ rate: refuse });
      await peer.send('+x#'.repeat(10));
      assert.equal(bus.readings.length, 3);
      const [link] = gateway.links();
      assert.deepEqual([link?.state, link?.refusals], ['open', { RATE_EXCEEDED: 7 + 1 }]);
      assert.match(
        link?.lastRefusal ?? '',
        /more than 3 messages within 1000 ms, the limit of its profile; \d messages were dropped/,
      );
      assert.equal(gateway.counters().refusals.get('trackers RATE_EXCEEDED'), 8);
      assert.equal(logged.filter((line) => line.includes('RATE_EXCEEDED')).length, 1);
      await clock.advance(1_000);
      await peer.send('+x#');
      assert.equal(bus.readings.length, 4);
    },
  );

  it('in bytes, as they came on the link: slowed down, and shown as such', async () => {
    const { peer, clock, bus, gateway } = await starWorld({ rate: { bytes: 30, per: 1_000 } });
    for (let i = 0; i < 4; i++) await peer.send('+x#'.repeat(10));
    assert.equal(bus.readings.length, 11); // the opening frame and one chunk of 30 bytes
    assert.match(
      gateway.presence('d001').slowed ?? '',
      /^30 bytes within 1000 ms, the limit of its profile$/,
    );
    assert.equal(gateway.counters().slowed, 1);
    for (let i = 0; i < 4; i++) await clock.advance(1_000);
    assert.equal(bus.readings.length, 41);
    await clock.advance(2_000);
    assert.deepEqual([gateway.counters().slowed, gateway.presence('d001').slowed], [0, undefined]);
  });

  it('is not won back by a new link', async () => {
    const { peer, tracker, bus, clock } = await starWorld({ rate: refuse });
    await peer.send('+x#'.repeat(10));
    peer.transport.reset();
    await settled();
    const again = await (await tracker()).send('*d001,0#');
    await again.send('+x#'.repeat(10));
    assert.equal(bus.readings.length, 3);
    await clock.advance(400);
    await again.send('+x#'.repeat(10));
    assert.equal(bus.readings.length, 4);
  });

  it('of a listener over that of the profile, and of a device over both', async () => {
    const own = { messages: 6, per: 1_000, exceeded: 'refuse' } as const;
    const limited = { ...stars, rate: refuse };
    const devices = [{ ...deviceOf(limited, 'd001'), rate: own }, deviceOf(limited, 'd002')];
    const { bus, gateway, dial, clock } = await profileWorld([limited], devices);
    await gateway.listen('slow', { profiles: ['stars'] }, '127.0.0.1:7661', {
      rate: { messages: 2, per: 1_000, exceeded: 'refuse' },
    });
    await (await (await dial(7661)).send('*d002,0#')).send('+x#'.repeat(10));
    assert.equal(bus.readings.length, 2);
    assert.match(
      gateway.links()[0]?.lastRefusal ?? '',
      /2 messages within 1000 ms, the limit of its listener/,
    );
    await (await (await dial(7661)).send('*d001,0#')).send('+x#'.repeat(10));
    assert.equal(bus.readings.length, 2 + 6);
    assert.match(
      gateway.links().find(({ device }) => device === 'd001')?.lastRefusal ?? '',
      /6 messages within 1000 ms, the limit of its own setting/,
    );
    await clock.advance(1_000);
    await (await (await dial(7661)).send('*d001,0#')).send('+x#'.repeat(10));
    assert.equal(bus.readings.length, 2 + 6 + 6);
  });

  it('is set and lifted while the device is connected: what was sent before does not count', async () => {
    const device = deviceOf(stars, 'd001');
    const { put, peer, bus, gateway } = await starWorld({});
    await peer.send('+x#'.repeat(100));
    assert.equal(bus.readings.length, 101);
    put({ ...device, rate: { bytes: 30, per: 1_000 } });
    await gateway.deviceChanged('d001');
    await peer.send('+x#');
    assert.equal(gateway.counters().slowed, 0, 'the 300 bytes before are nothing to it');
    await peer.send('+x#'.repeat(50));
    assert.equal(gateway.counters().slowed, 1);
    await peer.send('+x#');
    const held = bus.readings.length;
    put(device);
    await gateway.deviceChanged('d001');
    await settled();
    assert.equal(gateway.counters().slowed, 0);
    assert.equal(bus.readings.length, held + 1, 'no timer is needed');
  });
});

fault(
  {
    name: 'A device with a valid token connects in a loop',
    where: 'device',
    happens: 'Links beyond its rate are closed before anything is published.',
    code: 'SESSIONS_TOO_FAST',
  },
  async () => {
    const { tracker, gateway, changes, clock } = await profileWorld([stars], [deviceOf(stars, 'd001')]);
    for (let i = 0; i < 105; i++) await (await tracker()).send('*d001,0#');
    assert.equal(gateway.counters().linksClosed.get('trackers SESSIONS_TOO_FAST'), 5);
    assert.deepEqual(changes.length, 1);
    assert.equal(gateway.presence('d001').status, 'online');
    await clock.advance(200);
    const peer = await (await tracker()).send('*d001,0#');
    assert.equal(peer.closed, false);
  },
);
