import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fault, settled } from '@fairlead/testkit';
import { attributes, auth, events, heartbeat, packet, world } from '../harness.ts';

const sensor = { name: 'sensor', token: 'secret' };
const gatewayDevices = [
  { name: 'gw', token: 'gwtoken', type: 'gateway' as const },
  { name: 'room-a', type: 'sub' as const, parent: 'gw', address: '3c20c6206' },
  { name: 'room-b', type: 'sub' as const, parent: 'gw', address: 'x17' },
];

describe('the official protocol', () => {
  it('authenticates, takes attributes and events, and answers nothing unasked', async () => {
    const { official, bus, uplinks, gateway } = await world([sensor]);
    const peer = await official();
    await peer.send(auth('secret'));
    assert.deepEqual(bus.statuses, ['sensor online']);
    await peer.send(
      attributes({ temperature: 36.5, humidity: 52 }),
      events({ method: 'warning', params: { battery: 0 } }),
      heartbeat,
    );
    assert.deepEqual(bus.readings, [
      'devices/sensor/attributes {"temperature":36.5,"humidity":52}',
      'devices/sensor/events {"method":"warning","params":{"battery":0}}',
    ]);
    assert.deepEqual(
      uplinks.map((u) => [u.device.name, u.kind]),
      [
        ['sensor', 'attributes'],
        ['sensor', 'events'],
      ],
    );
    assert.equal(peer.hex, '');
    assert.equal(gateway.presence('sensor').status, 'online');
  });

  it('publishes the payload byte by byte as it came', async () => {
    const { official, bus } = await world([sensor]);
    const odd = '{ "t" : 1.50, "name":"Grüße \\u00e9" , "t":2}';
    await (await official()).send(auth('secret'), attributes(odd));
    assert.deepEqual(bus.readings, [`devices/sensor/attributes ${odd}`]);
  });

  const stream = [
    auth('secret'),
    heartbeat,
    attributes({ a: 1 }),
    heartbeat,
    attributes({ a: 2 }),
    events({ method: 'm', params: {} }),
  ];
  it('behaves the same for glued, bytewise and any split of the input', async () => {
    const whole = Buffer.concat(stream);
    const cuts: Buffer[][] = [[whole], [...whole].map((byte) => Buffer.from([byte]))];
    for (let at = 1; at < whole.length; at++) cuts.push([whole.subarray(0, at), whole.subarray(at)]);
    for (const chunks of cuts) {
      const { official, bus, gateway } = await world([sensor]);
      await (await official()).send(...chunks);
      assert.deepEqual(bus.readings, [
        'devices/sensor/attributes {"a":1}',
        'devices/sensor/attributes {"a":2}',
        'devices/sensor/events {"method":"m","params":{}}',
      ]);
      assert.equal(gateway.links()[0]?.framesIn, 6);
    }
  });

  describe('a gateway device', () => {
    it("publishes each sub-device's part under its own name, and goes on after an unknown address", async () => {
      const { official, bus, gateway } = await world(gatewayDevices);
      const peer = await official();
      await peer.send(auth('gwtoken'));
      assert.deepEqual(bus.statuses, ['gw online', 'room-a online', 'room-b online']);
      await peer.send(
        attributes({ '3c20c6206': { temperature: 36.5 }, nobody: { x: 1 }, x17: { humidity: 52 } }),
        attributes({ x17: 5 }),
      );
      await peer.send(events({ x17: { method: 'warning', params: { battery: 0 } } }));
      assert.deepEqual(bus.readings, [
        'devices/room-a/attributes {"temperature":36.5}',
        'devices/room-b/attributes {"humidity":52}',
        'devices/room-b/events {"method":"warning","params":{"battery":0}}',
      ]);
      const [link] = gateway.links();
      assert.deepEqual(link?.refusals, { SUBDEVICE_UNKNOWN: 1, PAYLOAD_NOT_OBJECT: 1 });
      assert.match(link?.lastRefusal ?? '', /attributes of x17 are not a JSON object but a number/);
      assert.equal(peer.closed, false);
      assert.equal(gateway.presence('room-a').status, 'online');
      peer.transport.end();
      await settled();
      assert.deepEqual(bus.statuses.slice(3), ['gw offline', 'room-a offline', 'room-b offline']);
    });

    it('announces sub-devices that are added while it is connected', async () => {
      const { official, bus, put, gateway } = await world(gatewayDevices);
      await (await official()).send(auth('gwtoken'));
      put({ name: 'room-c', type: 'sub', parent: 'gw', address: '18' });
      gateway.subDevicesChanged('gw');
      assert.deepEqual(bus.statuses.slice(3), ['room-c online']);
    });
  });

  describe('bad input ends in one code, in a closed or kept link, and nobody else notices', () => {
    const closing: [string, Buffer[], string][] = [
      ['a wrong token', [auth('wrong')], 'AUTH_TOKEN_UNKNOWN'],
      ['an empty token', [auth('')], 'AUTH_TOKEN_MISSING'],
      ['data before authentication', [attributes({ a: 1 })], 'AUTH_REQUIRED'],
      [
        'heartbeats without end before authentication',
        [Buffer.concat(Array(17).fill(heartbeat))],
        'AUTH_REQUIRED',
      ],
      ['garbage', [Buffer.from('no packet\r\n')], 'FRAME_MAGIC_MISMATCH'],
      ['a request of a browser', [Buffer.from('POST / HTTP/1.1\r\nHost: x\r\n\r\n')], 'HTTP_REFUSED'],
      ['a TLS client', [Buffer.from('16030100c8010000c40303', 'hex')], 'TLS_UNEXPECTED'],
      ['a token of 5 KiB', [auth('x'.repeat(5_000))], 'FRAME_TOO_LARGE'],
      [
        'a LENGTH of 4 GiB',
        [auth('secret'), Buffer.from('5450000 1ffffffff'.replace(' ', ''), 'hex')],
        'FRAME_TOO_LARGE',
      ],
      ['garbage after authentication', [auth('secret'), Buffer.from('xyz')], 'FRAME_MAGIC_MISMATCH'],
      ["a custom device's token", [auth('other')], 'AUTH_PROTOCOL_MISMATCH'],
    ];
    for (const [what, bytes, code] of closing) {
      it(`${what}: ${code}, closed`, async () => {
        const { official, gateway, bus } = await world([
          sensor,
          { name: 'bystander', token: 'by' },
          { name: 'c', token: 'other', protocol: 'custom' },
        ]);
        const bystander = await (await official()).send(auth('by'));
        const peer = await (await official()).send(...bytes);
        assert.ok(peer.closed);
        const link = gateway.links().find(({ state }) => state === 'closed');
        assert.equal(link?.code, code);
        assert.equal(gateway.counters().linksClosed.get(`official ${code}`), 1);
        await bystander.send(attributes({ fine: true }));
        assert.ok(bus.readings.includes('devices/bystander/attributes {"fine":true}'));
      });
    }

    const kept: [string, Buffer, string][] = [
      ['a TYPE that does not exist', packet(7, 1, '{}'), 'TYPE_UNKNOWN'],
      ['a CMD that does not exist', packet(0, 9, '{}'), 'COMMAND_UNKNOWN'],
      ['a second authentication', auth('secret'), 'AUTH_REPEATED'],
      ['attributes that are an array', attributes([1]), 'PAYLOAD_NOT_OBJECT'],
      ['attributes that are no JSON', attributes('{"a":'), 'PAYLOAD_NOT_OBJECT'],
      ['attributes that are null', attributes('null'), 'PAYLOAD_NOT_OBJECT'],
      ['empty attributes', attributes(''), 'PAYLOAD_NOT_OBJECT'],
    ];
    for (const [what, bytes, code] of kept) {
      it(`${what}: ${code}, kept`, async () => {
        const { official, gateway, bus, logged } = await world([sensor]);
        const peer = await (await official()).send(auth('secret'), bytes, bytes, attributes({ fine: true }));
        assert.equal(peer.closed, false);
        assert.deepEqual(bus.readings, ['devices/sensor/attributes {"fine":true}']);
        assert.deepEqual(gateway.links()[0]?.refusals, { [code]: 2 });
        assert.equal(gateway.counters().refusals.get(`official ${code}`), 2);
        assert.equal(logged.filter((line) => line.startsWith(`warn ${code}`)).length, 1, 'once a link');
      });
    }

    it('shows the bytes that could not be framed', async () => {
      const { official, gateway } = await world([sensor]);
      await (await official()).send(auth('secret'), Buffer.from('bad!'));
      assert.equal(gateway.links()[0]?.offending, Buffer.from('bad!').toString('hex'));
    });

    it('a device that connects and says nothing ends after the handshake time', async () => {
      const { official, gateway, clock } = await world([sensor]);
      const silent = await official();
      const closed = await official();
      closed.transport.end();
      await clock.advance(10_000);
      assert.ok(silent.closed);
      assert.deepEqual(
        gateway.links().map(({ code }) => code),
        ['HANDSHAKE_TIMEOUT', 'PEER_CLOSED'],
      );
      await (await official()).send(auth('secret'));
      assert.equal(gateway.presence('sensor').status, 'online');
    });

    it('a reset in the middle of a packet', async () => {
      const { official, gateway, bus } = await world([sensor]);
      const peer = await (await official()).send(
        auth('secret'),
        attributes({ a: 1 }),
        attributes({ b: 2 }).subarray(0, 10),
      );
      peer.transport.reset();
      await settled();
      assert.deepEqual(bus.statuses, ['sensor online', 'sensor offline']);
      assert.equal(gateway.links()[0]?.code, 'PEER_RESET');
      assert.equal(bus.readings.length, 1);
    });
  });

  it('thirty devices at once', async () => {
    const devices = Array.from({ length: 30 }, (_, i) => ({ name: `d${i}`, token: `t${i}` }));
    const { official, bus, gateway } = await world(devices);
    const peers = await Promise.all(devices.map(official));
    await Promise.all(
      peers.map((peer, i) =>
        peer.send(auth(`t${i}`), ...Array.from({ length: 20 }, (_, n) => attributes({ n }))),
      ),
    );
    assert.equal(bus.readings.length, 600);
    assert.equal(gateway.counters().online, 30);
    for (let i = 0; i < 30; i++) {
      assert.deepEqual(
        bus.readings.filter((line) => line.startsWith(`devices/d${i}/`)),
        Array.from({ length: 20 }, (_, n) => `devices/d${i}/attributes {"n":${n}}`),
      );
    }
  });

  it('the same token twice: the newest link wins, its downlinks arrive, and the late end of the old one changes nothing', async () => {
    const { official, bus, gateway } = await world([sensor]);
    const old = await (await official()).send(auth('secret'));
    const newer = await (await official()).send(auth('secret'));
    assert.ok(old.closed);
    assert.deepEqual(bus.statuses, ['sensor online']);
    assert.equal(gateway.links().find(({ state }) => state === 'closed')?.code, 'SESSION_REPLACED');
    await gateway.send('sensor', { kind: 'attributes', values: { valve: 'open' } }, { wait: 1_000 });
    await settled();
    assert.equal(newer.hex, attributes({ valve: 'open' }).toString('hex'));
    assert.equal(gateway.presence('sensor').status, 'online');
  });

  fault(
    {
      name: 'Two devices use one token',
      where: 'device',
      happens: 'The newest link wins each time; the log has one warning a minute, with both addresses.',
      code: ['SESSION_REPLACED', 'DEVICE_FLAPS'],
    },
    async () => {
      const { official, logged, clock } = await world([sensor]);
      const warnings = () => logged.filter((line) => line.startsWith('warn DEVICE_FLAPS'));
      for (let i = 0; i < 3; i++) await (await official()).send(auth('secret'));
      assert.deepEqual(warnings(), []); // a device that came back without an end to its link is no news
      for (let i = 0; i < 50; i++) await (await official()).send(auth('secret'));
      assert.equal(warnings().length, 1);
      assert.match(
        warnings()[0] as string,
        /link of the device sensor was replaced 3 times within a minute, last from \S+:\d+ to \S+:\d+\.$/,
      );
      await clock.advance(60_000);
      for (let i = 0; i < 5; i++) await (await official()).send(auth('secret'));
      assert.equal(warnings().length, 2);
    },
  );

  it('answers what the profile asks for: after authentication, to heartbeats, and each message once the bus has it', async () => {
    const { official, bus } = await world([
      { ...sensor, profile: { id: 'p', authReply: '0102', heartbeatEcho: true, ack: 'a0' } },
    ]);
    const peer = await (await official()).send(auth('secret'));
    assert.equal(peer.hex, '0102');
    await peer.send(heartbeat);
    assert.equal(peer.hex, `0102${heartbeat.toString('hex')}`);
    bus.fill();
    await peer.send(attributes({ a: 1 }), attributes('no'), attributes({ a: 2 }));
    assert.ok(!peer.hex.endsWith('a0'), 'not before the data is safe');
    bus.empty();
    await settled();
    assert.ok(peer.hex.endsWith('00a0a0'), peer.hex);
  });

  it('refuses a message that the bus will not take, and publishes the others of its batch', async () => {
    const { official, bus, gateway } = await world([sensor]);
    bus.refuse = (message) => Buffer.from(message.payload).includes('huge');
    const peer = await (await official()).send(
      Buffer.concat([auth('secret'), attributes({ a: 1 }), attributes({ b: 'huge' }), attributes({ c: 3 })]),
    );
    assert.deepEqual(bus.readings, [
      'devices/sensor/attributes {"a":1}',
      'devices/sensor/attributes {"c":3}',
    ]);
    assert.deepEqual(gateway.links()[0]?.refusals, { HANDLER_FAILED: 1 });
    assert.equal(peer.closed, false);
    bus.refuse = () => true; // statuses are refused as well: nothing falls over
    peer.transport.end();
    await settled();
    assert.equal(gateway.presence('sensor').status, 'offline');
  });

  it('reads no more while the bus is full, and loses nothing', async () => {
    const { official, bus, gateway } = await world([sensor]);
    const peer = await (await official()).send(auth('secret'));
    bus.fill();
    await peer.send(attributes({ n: 0 }));
    for (let n = 1; n <= 500; n++) await peer.transport.write([attributes({ n, pad: 'x'.repeat(500) })]);
    await settled();
    assert.ok(bus.readings.length <= 3, `${bus.readings.length} were read all the same`);
    assert.equal(peer.closed, false);
    bus.empty();
    while (bus.readings.length < 501) await settled();
    assert.deepEqual(
      bus.readings.map((line) => JSON.parse(line.split(' ')[1] as string).n),
      Array.from({ length: 501 }, (_, n) => n),
    );
    assert.equal(gateway.links()[0]?.state, 'open');
  });
});
