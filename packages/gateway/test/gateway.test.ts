import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fault, settled } from '@fairlead/testkit';
import { compileTopics, createGateway, defaultTopics, gatewayErrors, gatewayLimits } from '../src/index.ts';
import { attributes, auth, packet, TestBus, world } from './harness.ts';

const sensor = { name: 'sensor', token: 'secret' };

describe('links that say nothing', () => {
  fault(
    {
      name: '10,000 links are left half-open',
      where: 'device',
      happens: 'One more closes the oldest of them; no device is kept out.',
      code: 'HANDSHAKES_FULL',
    },
    async () => {
      const { official, custom, gateway } = await world([sensor]);
      const { handshakes } = gatewayLimits.values;
      const silent = await Promise.all(
        Array.from({ length: handshakes }, (_, i) => (i % 2 === 0 ? official() : custom())),
      );
      const device = await official();
      await settled();
      assert.equal(silent.filter(({ closed }) => closed).length, 1);
      assert.ok(silent[0]?.closed);
      const told = gateway.links().find(({ state }) => state === 'closed');
      assert.equal(told?.code, 'HANDSHAKES_FULL');
      await device.send(auth('secret'));
      assert.equal(gateway.presence('sensor').status, 'online');
      // The device is authenticated and no longer counts as one of them.
      await custom();
      await settled();
      assert.equal(silent.filter(({ closed }) => closed).length, 1);
    },
  );
});

describe('downlinks', () => {
  const devices = [
    sensor,
    { name: 'gw', token: 'g', type: 'gateway' as const },
    { name: 'valve', type: 'sub' as const, parent: 'gw', address: '9' },
  ];

  it('are taken from the bus, attributes and commands, for devices and sub-devices', async () => {
    const { official, bus, gateway } = await world(devices);
    const peer = await (await official()).send(auth('secret'));
    const gw = await (await official()).send(auth('g'));
    bus.deliver('devices/sensor/set', '{"interval":5}');
    bus.deliver('devices/sensor/command', '{"method":"reboot"}');
    bus.deliver('devices/valve/set', '{"open":true}');
    await settled();
    assert.equal(
      peer.hex,
      Buffer.concat([packet(0, 1, '{"interval":5}'), packet(0, 3, '{"method":"reboot"}')]).toString('hex'),
    );
    assert.equal(gw.hex, packet(0, 1, '{"9":{"open":true}}').toString('hex'));
    assert.equal(gateway.counters().downlinks.get('written'), 3);
  });

  it('may be bytes: written as they are without a packet, through the script of a device that has one, never kept', async () => {
    const { official, gateway, scripts } = await world([
      { ...sensor, downlinks: { keep: 60_000 } },
      { name: 'meter', token: 'm', profile: { id: 'p', uplink: 'text' } },
    ]);
    scripts.sources.text = { downlink: ({ values }) => [Buffer.from((values as { text: string }).text)] };
    const bytes = Buffer.from([0, 0xff, 1]);
    const input = { kind: 'attributes', values: undefined, bytes } as const;
    await assert.rejects(gateway.send('sensor', input), { code: 'DEVICE_OFFLINE' });
    const peer = await (await official()).send(auth('secret'));
    await gateway.send('sensor', input);
    await settled();
    assert.equal(peer.hex, '00ff01');
    const meter = await (await official()).send(auth('m'));
    await assert.rejects(gateway.send('meter', input), { code: 'DOWNLINK_INVALID' });
    await gateway.send('meter', { ...input, values: { text: 'hi' } });
    await settled();
    assert.equal(meter.hex, packet(0, 1, 'hi').toString('hex'));
  });

  it('name why they cannot be sent', async () => {
    const { bus, gateway, official, logged, clock } = await world(devices);
    const values = {};
    await assert.rejects(gateway.send('sensor', { kind: 'attributes', values }), { code: 'DEVICE_OFFLINE' });
    await assert.rejects(gateway.send('valve', { kind: 'attributes', values }), { code: 'DEVICE_OFFLINE' });
    await assert.rejects(gateway.send('nobody', { kind: 'attributes', values }), {
      code: 'DOWNLINK_DEVICE_UNKNOWN',
    });
    await assert.rejects(gateway.send('sensor', { kind: 'attributes', values: [1] }), {
      code: 'DOWNLINK_INVALID',
    });
    bus.deliver('devices/sensor/set', 'no json');
    bus.deliver('devices/sensor/set', '{}');
    await settled();
    assert.equal(logged.filter((line) => /warn (DOWNLINK_INVALID|DEVICE_OFFLINE)/.test(line)).length, 2);
    assert.equal(gateway.counters().downlinks.get('DEVICE_OFFLINE'), 3);
    const peer = await (await official()).send(auth('secret'));
    peer.transport.pause();
    const waiting = gateway.send(
      'sensor',
      { kind: 'attributes', values: { pad: 'x'.repeat(70_000) } },
      { wait: 500 },
    );
    const late = assert.rejects(waiting, { code: 'DOWNLINK_TIMEOUT' });
    await clock.advance(500);
    await late;
  });
});

describe('links and devices', () => {
  it('are listed, killed, and forgotten', async () => {
    const { official, gateway, known, bus } = await world([sensor]);
    const first = await (await official()).send(auth('secret'));
    const [link] = gateway.links();
    assert.deepEqual([link?.device, link?.state, link?.listener], ['sensor', 'open', 'official']);
    assert.equal(gateway.link(link?.id ?? '')?.bytesIn, 14);
    assert.ok(gateway.kill(link?.id ?? ''));
    await settled();
    assert.ok(first.closed);
    assert.equal(gateway.kill(link?.id ?? ''), false);
    assert.equal(gateway.link(link?.id ?? '')?.code, 'LINK_KILLED');
    const second = await (await official()).send(auth('secret'));
    known.delete('sensor');
    gateway.forget('sensor');
    await settled();
    assert.ok(second.closed);
    assert.equal(gateway.links()[0]?.code, 'DEVICE_REMOVED');
    assert.ok(
      bus.published.some(
        ({ topic, payload, retain }) => topic === 'devices/sensor/status' && payload.length === 0 && retain,
      ),
    );
  });

  it('remembers the last thousand closed links', async () => {
    const { official, gateway } = await world([sensor]);
    for (let i = 0; i < 1_005; i++) {
      const peer = await official();
      peer.transport.end();
    }
    await settled();
    const links = gateway.links();
    assert.equal(links.length, 1_000);
    assert.equal(links[0]?.id, 'official-1005');
    assert.equal(gateway.link('official-5'), undefined);
    assert.equal(gateway.counters().linksClosed.get('official PEER_CLOSED'), 1_005);
  });

  it('corrects what an earlier process left as online, unless the device is back', async () => {
    const { gateway, bus, known, official } = await world([sensor, { name: 'other', token: 'o' }]);
    await (await official()).send(auth('o'));
    const stale = [...known.values()].map((device) => ({ device, status: 'offline' as const, since: 5 }));
    gateway.correct(stale);
    assert.deepEqual(bus.lines.slice(1), [
      'devices/sensor/status {"status":"offline","since":"1970-01-01T00:00:00.005Z"}',
    ]);
    assert.ok(bus.published.every(({ retain }) => retain));
  });

  it('closes: devices are announced as offline, what was read has reached the bus, no timer is left', async () => {
    const { official, gateway, bus, clock, changes } = await world([sensor]);
    const peer = await (await official()).send(auth('secret'), attributes({ a: 1 }));
    await gateway.close();
    await gateway.close();
    assert.ok(peer.closed);
    assert.deepEqual(bus.statuses, ['sensor online', 'sensor offline']);
    assert.equal(changes.at(-1)?.code, 'SERVER_STOPPED');
    assert.equal(clock.pending, 0);
    await assert.rejects(official(), { code: 'CONNECT_REFUSED' });
  });

  it('takes bounds for each listener, and says which are wrong', async () => {
    const { official, gateway } = await world([sensor], {}, { sessions: 1, frame: 10 });
    const peer = await (await official()).send(auth('secret'));
    const second = await official();
    await settled();
    assert.ok(second.closed);
    await peer.send(attributes({ long: 'xxxxxxxxxx' }));
    assert.deepEqual(
      gateway.links().map(({ code }) => code),
      ['FRAME_TOO_LARGE', 'TOO_MANY_SESSIONS'],
    );
    await assert.rejects(gateway.listen('x', 'official', '127.0.0.1:7653'), { code: 'PORT_IN_USE' });
    await assert.rejects(gateway.listen('x', 'official', '127.0.0.1:1', { sesions: 3 } as never), {
      code: 'OPTION_UNKNOWN',
    });
  });
});

describe('topics', () => {
  it('follow their templates both ways', async () => {
    const { official, bus } = await world([sensor], {
      topics: { attributes: 'site/{device}/up', set: 'down/{device}' },
    });
    const peer = await (await official()).send(auth('secret'), attributes({ a: 1 }));
    assert.deepEqual(bus.readings, ['site/sensor/up {"a":1}']);
    bus.deliver('down/sensor', '{}');
    await settled();
    assert.equal(peer.hex, packet(0, 1, '{}').toString('hex'));
  });

  it('are checked', async () => {
    for (const attributes of ['no/device', 'x{device}', '{device}/{device}', 'a/+/{device}', '#/{device}']) {
      assert.throws(
        () => compileTopics({ ...defaultTopics, attributes }),
        { code: 'TOPIC_TEMPLATE_INVALID' },
        attributes,
      );
    }
    const log = { debug() {}, info() {}, warn() {}, error() {} };
    const options = {
      directory: {} as never,
      bus: new TestBus(),
      scripts: {} as never,
      log,
      topics: { raw: 'raw' },
    };
    await assert.rejects(createGateway(options), { code: 'TOPIC_TEMPLATE_INVALID' });
    assert.equal(gatewayErrors.owner, 'gateway');
  });
});
