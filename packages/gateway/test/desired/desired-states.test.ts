import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type MemoryTransport, settled } from '@fairlead/testkit';
import { MemoryDesired } from '../../src/desired/memory-desired.ts';
import { MemoryQueue } from '../../src/downlink/memory-queue.ts';
import { gatewayLimits, type Uplink } from '../../src/index.ts';
import { attributes, auth, packet, type TestDevice, TestPeer, world } from '../harness.ts';

const { desiredPause, desiredRetry, desiredTries } = gatewayLimits.values;
const sensor: TestDevice = { name: 'sensor', token: 'secret' };

/** A gateway that remembers what devices report, as a store does. */
async function desiring(
  devices: TestDevice[] = [sensor],
  parts: { queue?: MemoryQueue; store?: MemoryDesired } = {},
) {
  const { queue = new MemoryQueue(), store = new MemoryDesired() } = parts;
  const latest = new Map<string, Record<string, { value: unknown; time: number }>>();
  const uplinks = (batch: readonly Uplink[]) => {
    for (const { device, payload, time } of batch) {
      const values = latest.get(device.name) ?? {};
      for (const [key, value] of Object.entries(JSON.parse(payload.toString()) as object))
        values[key] = { value, time };
      latest.set(device.name, values);
    }
  };
  const it = await world(devices, {
    downlinkQueue: queue,
    desiredStore: store,
    reported: {
      get: (name) => {
        const values = latest.get(name);
        return values && { values };
      },
    },
    observers: [{ uplinks, status: () => {} }],
  });
  const connect = async (token = 'secret') => {
    const peer = await (await it.official()).send(auth(token));
    await settled();
    return peer;
  };
  /** Lets what was reported be compared. */
  const compared = async () => {
    await it.clock.advance(desiredPause);
    await settled();
  };
  const desire = (values: unknown, version?: number) =>
    it.gateway.desired.change('sensor', 'merge', values, version);
  const results = () =>
    it.bus.lines
      .filter((line) => line.includes('/result ') && line.includes('"kind":"desired"'))
      .map((line) => {
        const { status, version, code } = JSON.parse(line.slice(line.indexOf('{')));
        return [status, version, code].filter((part) => part !== undefined).join(' ');
      });
  return { ...it, queue, store, latest, connect, compared, desire, results };
}

const sent = (...values: object[]) =>
  Buffer.concat(values.map((each) => packet(0, 1, JSON.stringify(each)))).toString('hex');
const ledgerOf = async (queue: MemoryQueue) =>
  (await queue.list({ limit: 100 })).map(({ json, state, key }) => `${key} ${json} ${state}`).reverse();

describe('a desired state', () => {
  test('waits for the device, is sent as one message when it connects, and is done when it is reported', async () => {
    const { gateway, connect, compared, desire, results, queue, clock } = await desiring();
    await desire({ interval: 30, mode: 'eco' });
    const { version, state, desired, differs } = await desire({ mode: null, led: { red: 1, blue: 2 } });
    assert.deepEqual([version, state], [2, 'pending']);
    assert.deepEqual(desired, { interval: 30, led: { red: 1, blue: 2 } });
    assert.deepEqual(differs, desired);
    assert.deepEqual(await ledgerOf(queue), [], 'nothing is queued while the device is offline');

    const peer = await connect();
    assert.equal(peer.hex, sent({ interval: 30, led: { red: 1, blue: 2 } }));
    await peer.send(attributes({ interval: 30, led: { red: 1, blue: 0, green: 7 } }));
    await compared();
    assert.deepEqual(gateway.desired.get('sensor').differs, { led: { blue: 2 } });
    assert.equal(
      peer.hex,
      sent({ interval: 30, led: { red: 1, blue: 2 } }),
      'the device has time to report it',
    );
    await clock.advance(desiredRetry);
    await settled();
    assert.equal(peer.hex, sent({ interval: 30, led: { red: 1, blue: 2 } }, { led: { blue: 2 } }));

    await peer.send(attributes({ led: { red: 1, blue: 2 } }));
    await compared();
    const reached = gateway.desired.get('sensor');
    assert.deepEqual([reached.state, reached.differs], ['reported', {}]);
    assert.deepEqual(reached.reported, { interval: 30, led: { red: 1, blue: 2 } });
    assert.deepEqual(results(), ['reported 2']);
    await clock.advance(24 * 3_600_000);
    await settled();
    assert.equal((await ledgerOf(queue)).length, 2, 'nothing more is sent');
  });

  test('is sent again with growing waits, and no more than so many times; then again on a new link, and after a change', async () => {
    const { gateway, connect, desire, clock } = await desiring();
    await desire({ n: 1 });
    const peer = await connect();
    const times: number[] = [];
    for (let count = 1; count <= desiredTries + 2; count++) {
      const before = peer.hex.length;
      const from = clock.monotonic();
      for (let steps = 0; peer.hex.length === before && steps < 130; steps++) {
        await clock.advance(desiredRetry);
        await settled();
      }
      if (peer.hex.length === before) break;
      times.push(clock.monotonic() - from);
    }
    assert.deepEqual(
      times.map((time) => time / desiredRetry),
      [1, 2, 4, 8, 16, 32, 64, 120, 120],
    );
    assert.equal(gateway.desired.get('sensor').state, 'given-up');
    await desire({ n: 2 });
    await settled();
    assert.equal(peer.hex, sent(...Array(desiredTries).fill({ n: 1 }), { n: 2 }));
    const again = await connect();
    assert.equal(again.hex, sent({ n: 2 }));
  });

  test('a device that drops it again is told again, but not in a storm', async () => {
    const { connect, compared, desire, clock } = await desiring();
    const peer = await connect();
    await desire({ n: 1 });
    await settled();
    for (let round = 0; round < 20; round++) {
      await peer.send(attributes({ n: 1 }));
      await compared();
      await peer.send(attributes({ n: 0 }));
      await compared();
    }
    assert.equal(peer.hex, sent({ n: 1 }));
    await clock.advance(desiredRetry);
    await settled();
    assert.equal(peer.hex, sent({ n: 1 }, { n: 1 }));
  });

  test('a change takes the place of what still waits', async () => {
    const { gateway, connect, desire, queue, clock } = await desiring([
      { ...sensor, downlinks: { window: 1_000 } },
    ]);
    const peer = await connect();
    await clock.advance(2_000); // the device sleeps now
    await desire({ n: 1 });
    await settled();
    await desire({ n: 2, m: 3 });
    await settled();
    await desire({ m: null });
    await settled();
    assert.deepEqual(await ledgerOf(queue), [
      'desired:1 {"n":1} cancelled',
      'desired:2 {"n":2,"m":3} cancelled',
      'desired:3 {"n":2} queued',
    ]);
    await peer.send(attributes({ hello: 1 }));
    await settled();
    assert.equal(peer.hex, sent({ n: 2 }));
    await gateway.desired.change('sensor', 'replace', { z: 1 });
    await settled();
    const { version } = await gateway.desired.change('sensor', 'replace', {});
    await settled();
    assert.equal(peer.hex, sent({ n: 2 }, { z: 1 }));
    const cleared = gateway.desired.get('sensor');
    assert.deepEqual([version, cleared.state, cleared.desired], [5, 'none', {}]);
  });

  test('a change while the message before is being answered is sent as soon as that is', async () => {
    const talker = {
      ...sensor,
      protocol: 'custom',
      profile: { id: 't', framing: 'line', uplink: 't' },
    };
    const { scripts, custom, desire } = await desiring([talker]);
    scripts.sources.t = {
      uplink: (bytes) => ({ messages: [], replies: [], answers: [{ id: `${bytes}` }] }),
      requests: ({ values }) => {
        const id = String((values as { n: number }).n);
        return [{ send: Buffer.from(`${id}:`), id }];
      },
    };
    const peer = await (await custom()).send('secret\n');
    await desire({ n: 1 });
    await settled();
    await desire({ n: 2 });
    await settled();
    assert.equal(peer.text, '1:\n');
    await peer.send('1\n');
    await settled();
    assert.equal(peer.text, '1:\n2:\n');
  });

  test('a device that already reports it is sent nothing', async () => {
    const { gateway, connect, compared, desire, results, queue } = await desiring();
    const peer = await connect();
    await peer.send(attributes({ n: 1 }));
    await desire({ n: 1 });
    await compared();
    assert.equal(gateway.desired.get('sensor').state, 'reported');
    assert.deepEqual(await ledgerOf(queue), []);
    assert.equal(peer.hex, '');
    assert.deepEqual(results(), []);
  });

  test('two operators merge at once, and one who asks for a version does not overwrite the other', async () => {
    const { gateway, desire } = await desiring();
    await Promise.all(Array.from({ length: 50 }, (_, n) => desire({ [`k${n}`]: n })));
    const { version, desired } = gateway.desired.get('sensor');
    assert.equal(version, 50);
    assert.equal(Object.keys(desired).length, 50);
    const both = await Promise.allSettled([desire({ a: 1 }, 50), desire({ a: 2 }, 50)]);
    assert.deepEqual(
      both.map((one) => (one.status === 'fulfilled' ? one.value.version : one.reason.code)),
      [51, 'DESIRED_CHANGED'],
    );
    assert.equal(gateway.desired.get('sensor').desired.a, 1);
    assert.equal((await desire({ a: 1 })).version, 51, 'a change that changes nothing makes no version');
  });

  test('sub-devices have their own, sent on the link of their gateway device', async () => {
    const { gateway, connect, compared } = await desiring([
      { name: 'hub', token: 'secret', type: 'gateway' },
      { name: 'hall', type: 'sub', parent: 'hub', address: 'h1' },
    ]);
    await gateway.desired.change('hall', 'merge', { n: 1 });
    const peer = await connect();
    await compared();
    assert.equal(peer.hex, sent({ h1: { n: 1 } }));
    await peer.send(attributes({ h1: { n: 1 } }));
    await compared();
    assert.equal(gateway.desired.get('hall').state, 'reported');
  });

  test('a device that is dialled and polled gets it between its polls', async () => {
    const polled: TestDevice = {
      name: 'sensor',
      protocol: 'profile',
      endpoint: 'tcp://10.0.0.7:502',
      profile: {
        id: 'profile:meter',
        name: 'meter',
        direction: 'dials',
        framing: 'line',
        uplink: 'meter',
        poll: { every: 60_000, timeout: 5_000, gap: 0, oneAtATime: true, requests: [] },
      },
    };
    const { gateway, scripts, network, desire, clock } = await desiring([polled]);
    scripts.sources.meter = {
      uplink: () => ({ messages: [], replies: [] }),
      downlink: ({ values }) => [Buffer.from(`SET ${JSON.stringify(values)}\n`)],
      poll: () => [],
    };
    const peers: TestPeer[] = [];
    await network.listen({ protocol: 'tcp', host: '10.0.0.7', port: 502 }, {} as never, (transport) => {
      peers.push(new TestPeer(transport as MemoryTransport));
    });
    await desire({ n: 1 });
    gateway.dial();
    await clock.advance(10);
    await settled();
    assert.equal(peers[0]?.text, 'SET {"n":1}\n');
  });

  test('comes over the bus too, and its fate is told there', async () => {
    const { gateway, bus, connect, compared, results, logged } = await desiring();
    bus.deliver('devices/sensor/desire', '{"n":1}');
    await settled();
    bus.deliver('devices/sensor/desire', '[1]');
    bus.deliver('devices/nobody/desire', '{"n":1}');
    bus.deliver('devices/sensor/desire', `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`);
    await settled();
    assert.deepEqual(gateway.desired.get('sensor').desired, { n: 1 });
    const peer = await connect();
    await peer.send(attributes({ n: 1 }));
    await compared();
    assert.deepEqual(results(), [
      'kept 1',
      'failed DESIRED_INVALID',
      'failed DESIRED_INVALID',
      'failed DOWNLINK_DEVICE_UNKNOWN',
      'reported 1',
    ]);
    assert.ok(logged.some((line) => line === 'info  desired state changed'));
  });

  test('one that is too long, too deep or no object is refused, and nothing changes', async () => {
    const { gateway, desire } = await desiring();
    const deep = (levels: number): object => (levels === 0 ? {} : { a: deep(levels - 1) });
    for (const bad of [[1], 'x', null, 7, deep(40), { text: 'x'.repeat(20_000) }])
      await assert.rejects(desire(bad), { code: 'DESIRED_INVALID' });
    await desire({ a: 'x'.repeat(10_000) });
    await assert.rejects(
      desire({ b: 'x'.repeat(10_000) }),
      /it would have 200\d\d characters of JSON; at most 16384/,
    );
    assert.equal(gateway.desired.get('sensor').version, 1);
    await assert.rejects(gateway.desired.change('nobody', 'merge', {}), { code: 'DOWNLINK_DEVICE_UNKNOWN' });
  });
});

describe('a crash', () => {
  /** The process ends at the n-th write of the ledger or of the states; another one starts with what was written. */
  for (const end of [1, 2, 3, 4, 5, 6, 7, 8])
    test(`at write ${end} neither loses the desired state nor sends it more often than the ledger allows`, async () => {
      let writes = 0;
      let dead = false;
      const write = <T>(work: () => Promise<T>): Promise<T> => {
        if (dead || ++writes === end) dead = true;
        return dead ? new Promise(() => {}) : work();
      };
      const queue = new (class extends MemoryQueue {
        override put = (fields: Parameters<MemoryQueue['put']>[0]) => write(() => super.put(fields));
        override save = (...all: Parameters<MemoryQueue['save']>) => write(() => super.save(...all));
      })();
      const store = new (class extends MemoryDesired {
        override change = (...all: Parameters<MemoryDesired['change']>) => write(() => super.change(...all));
      })();
      const first = await desiring([sensor], { queue, store });
      const peer = await first.connect();
      const kept = first.desire({ n: 1 }).then(
        () => true,
        () => false,
      );
      await settled();
      await settled();
      const wasKept = await Promise.race([kept, settled().then(() => false)]);
      dead = false;
      writes = Number.NEGATIVE_INFINITY;

      const second = await desiring([sensor], { queue, store });
      assert.equal(second.gateway.desired.get('sensor').version, wasKept ? 1 : 0);
      const again = await second.connect();
      await settled();
      await second.clock.advance(desiredRetry * 2);
      await settled();
      if (wasKept) assert.ok(again.hex.startsWith(sent({ n: 1 })) || peer.hex === sent({ n: 1 }));
      else assert.equal(again.hex, '');
      await again.send(attributes({ n: 1 }));
      await second.compared();
      if (wasKept) assert.equal(second.gateway.desired.get('sensor').state, 'reported');
      const keys = (await queue.list({ limit: 100 })).map(({ key }) => key);
      assert.equal(new Set(keys).size, keys.length);
    });
});
