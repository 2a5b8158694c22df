import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fault, settled } from '@fairlead/testkit';
import { auth, world } from '../harness.ts';

const sensor = { name: 'sensor', token: 'secret' };

/** A third listener whose devices keep their earlier link. */
async function keeping(options: Parameters<typeof world>[1] = {}) {
  const made = await world([sensor], options);
  await made.gateway.listen('kept', 'official', '127.0.0.1:7655', {}, { takeover: 'keep' });
  return { ...made, kept: () => made.dial(7655) };
}

describe('a listener with takeover: keep', () => {
  fault(
    {
      name: 'Two devices use one token, with takeover: keep',
      where: 'device',
      happens: 'The second link is refused, and both addresses are told.',
      code: ['SESSION_KEPT', 'DEVICE_FLAPS'],
    },
    async () => {
      const { kept, gateway, logged } = await keeping();
      const first = await (await kept()).send(auth('secret'));
      const second = await (await kept()).send(auth('secret'));
      assert.deepEqual([first.closed, second.closed], [false, true]);
      const [, closed] = gateway.links();
      assert.equal(closed?.code, 'SESSION_KEPT');
      assert.equal(closed?.device, 'sensor');
      assert.match(
        closed?.reason ?? '',
        /sensor is connected already, from \S+ as kept-1, and the listener kept/,
      );
      assert.equal(gateway.presence('sensor').link, 'kept-1');
      for (let i = 0; i < 3; i++) await (await kept()).send(auth('secret'));
      assert.equal(logged.filter((line) => line.startsWith('warn DEVICE_FLAPS')).length, 1);
      assert.match(gateway.presence('sensor').flaps ?? '', /was claimed 3 times within a minute/);
    },
  );

  it('asks the system whether the first is there, and lets a second in once the first is suspect', async () => {
    const { kept, gateway, clock, network } = await keeping({ liveness: { suspect: 2_000 } });
    let probes: boolean[] = [];
    network.wrap = (transport) => Object.assign(transport, { probe: (often: boolean) => probes.push(often) });
    const first = await (await kept()).send(auth('secret'));
    network.wrap = (transport) => transport;
    assert.ok((await (await kept()).send(auth('secret'))).closed);
    assert.ok((await (await kept()).send(auth('secret'))).closed);
    assert.deepEqual(probes, [true]);
    first.transport.peer.unanswered = { unacknowledged: 0, retransmits: 0, probes: 3 };
    await clock.advance(10_000);
    await settled();
    assert.equal(gateway.presence('sensor').state, 'suspect');
    probes = [];
    const third = await (await kept()).send(auth('secret'));
    assert.deepEqual([first.closed, third.closed, probes], [true, false, []]);
  });

  it('lets one of two in that come at the same moment', async () => {
    const { kept, gateway } = await keeping();
    const peers = [await kept(), await kept(), await kept()];
    await Promise.all(peers.map((peer) => peer.send(auth('secret'))));
    await settled();
    assert.equal(peers.filter(({ closed }) => !closed).length, 1);
    assert.equal(gateway.counters().online, 1);
  });
});

describe('a device that flaps', () => {
  it('is shown as such until a minute after the last replacement', async () => {
    const { official, gateway, clock } = await world([sensor]);
    for (let i = 0; i < 4; i++) await (await official()).send(auth('secret'));
    assert.match(gateway.presence('sensor').flaps ?? '', /was replaced 3 times within a minute/);
    assert.equal(gateway.counters().flapping, 1);
    await clock.advance(61_000);
    assert.equal(gateway.presence('sensor').flaps, undefined);
    assert.equal(gateway.counters().flapping, 0);
  });
});

describe('a token that is replaced', () => {
  it('ends the link of its device at once', async () => {
    const { official, gateway } = await world([sensor]);
    const peer = await (await official()).send(auth('secret'));
    gateway.forget('sensor');
    await settled();
    assert.ok(peer.closed);
    assert.equal(gateway.links()[0]?.code, 'TOKEN_REPLACED');
  });

  fault(
    {
      name: 'A token is replaced while a link that showed it is admitted',
      where: 'device',
      happens: 'The link is closed, and the device is never online.',
      code: ['TOKEN_REPLACED', 'DEVICE_REMOVED'],
    },
    async () => {
      const loaded = Promise.withResolvers<void>();
      const slow = { ...sensor, profile: { id: 'p', uplink: 'slow' } };
      const { official, gateway, scripts, known, changes } = await world([slow]);
      const load = scripts.load.bind(scripts);
      scripts.load = async (source) => {
        await loaded.promise;
        return load(source);
      };
      for (const [change, code] of [
        [() => {}, 'TOKEN_REPLACED'],
        [() => known.delete('sensor'), 'DEVICE_REMOVED'],
      ] as const) {
        const peer = await (await official()).send(auth('secret'));
        change();
        gateway.forget('sensor');
        await settled();
        assert.ok(peer.closed);
        assert.equal(gateway.links()[0]?.code, code);
      }
      loaded.resolve();
      await settled();
      assert.deepEqual([gateway.counters().online, changes], [0, []]);
    },
  );
});

it('a device that is changed while it is admitted gets its new settings', async () => {
  const claim = Promise.withResolvers<void>();
  const { gateway, official, put } = await world([sensor], {
    registry: {
      claim: async () => {
        await claim.promise;
        return { epoch: 1 };
      },
      release: () => {},
      owner: async () => undefined,
      onLost: () => {},
    },
  });
  const peer = await (await official()).send(auth('secret'));
  put({ ...sensor, protocol: 'custom' });
  await gateway.deviceChanged('sensor');
  claim.resolve();
  await settled();
  assert.ok(peer.closed);
  assert.equal(gateway.links()[0]?.code, 'DEVICE_CHANGED');
});
