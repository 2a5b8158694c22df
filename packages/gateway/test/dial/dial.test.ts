import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type MemoryTransport, settled } from '@fairlead/testkit';
import type { GatewayOptions, Profile } from '../../src/index.ts';
import { type TestDevice, TestPeer, world } from '../harness.ts';

const POLL = { every: 1_000, timeout: 300, gap: 0, oneAtATime: true, requests: [] };
/** Requests `UNIT?`; answers are lines `UNIT=VALUE`. */
const METER: Profile = {
  id: 'profile:meter',
  name: 'meter',
  framing: 'line',
  direction: 'dials',
  identity: { by: 'none' },
  uplink: 'meter',
  poll: POLL,
};

const dialled = (name: string, fields: Partial<TestDevice> = {}): TestDevice => ({
  name,
  protocol: 'profile',
  endpoint: 'tcp://10.0.0.7:502',
  profile: METER,
  parameters: { unit: name },
  ...fields,
});

/** A gateway that dials, and the device's end of its links. */
async function dialling(devices: TestDevice[], options: Partial<GatewayOptions> = {}) {
  const w = await world(devices, options);
  w.scripts.sources.meter = {
    poll: ({ parameters = '{}' }) => {
      const { unit } = JSON.parse(parameters) as { unit: string };
      return [
        {
          send: Buffer.from(`${unit}?\n`),
          expect: [{ at: 0, bytes: Buffer.from(`${unit}=`) }],
          data: `"${unit}"`,
        },
      ];
    },
    uplink: (bytes, { request = 'null' }) => {
      const [unit, value] = `${bytes}`.split('=');
      return {
        messages: [{ kind: 'attributes', json: `{"${unit}":${value},"request":${request}}` }],
        replies: [],
      };
    },
    requests: ({ values }) => [
      {
        send: Buffer.from(`set ${JSON.stringify(values)}\n`),
        expect: [{ at: 0, bytes: Buffer.from('ok') }],
        data: '"set"',
      },
    ],
  };
  const peers: TestPeer[] = [];
  const listen = () =>
    w.network.listen({ protocol: 'tcp', host: '10.0.0.7', port: 502 }, {} as never, (transport) => {
      peers.push(new TestPeer(transport as MemoryTransport));
    });
  const acceptor = await listen();
  w.gateway.dial();
  await w.clock.advance(10);
  return {
    ...w,
    peers,
    acceptor,
    listen,
    peer: () => peers.at(-1) as TestPeer,
    /** Time passes until there have been so many links. */
    connected: async (count: number) => {
      for (let i = 0; i < 600 && peers.length < count; i++) await w.clock.advance(100);
      await w.clock.advance(10);
      assert.equal(peers.length, count);
    },
    /** Time passes until a request is sent. */
    asked: async (request: string) => {
      const before = peers.at(-1)?.text.length ?? 0;
      for (let i = 0; i < 600; i++) {
        if (peers.at(-1)?.text.slice(before).endsWith(request)) return;
        await w.clock.advance(100);
      }
      assert.fail('nothing was asked');
    },
    refusals: (device: string) => w.gateway.links().find((link) => link.device === device)?.refusals,
  };
}

test('a device is dialled, is online, and what it answers comes out', async () => {
  await using w = await gatewayOf([dialled('m1')]);
  assert.deepEqual(w.bus.statuses, ['m1 online']);
  assert.equal(w.peer().text, 'm1?\n');
  await w.peer().send('m1=5\n');
  assert.deepEqual(w.bus.readings, ['devices/m1/attributes {"m1":5,"request":"m1"}']);
  const [link] = w.gateway.links();
  assert.deepEqual(
    [link?.listener, link?.device, link?.state, link?.remote, link?.framesIn, link?.framesOut, link?.bytesIn],
    ['dialled', 'm1', 'open', '10.0.0.7:502', 1, 1, 4],
  );
  await w.clock.advance(1_000);
  assert.equal(w.peer().text, 'm1?\nm1?\n');
});

test('a link that is lost is opened again, and the device is offline meanwhile', async () => {
  await using w = await gatewayOf([dialled('m1')]);
  await w.acceptor.close();
  w.peer().transport.reset();
  await settled();
  assert.deepEqual(w.bus.statuses, ['m1 online', 'm1 offline']);
  await w.clock.advance(10_000);
  await w.listen();
  await w.connected(2);
  assert.deepEqual(w.bus.statuses, ['m1 online', 'm1 offline', 'm1 online']);
  assert.equal(w.gateway.presence('m1').status, 'online');
  assert.match(w.logged.join('\n'), /warn CONNECT_REFUSED not connected/);
  assert.equal(w.logged.filter((line) => line.includes('not connected')).length, 1);
});

test('devices of one endpoint share a link, and their answers are told apart', async () => {
  await using w = await gatewayOf([dialled('a'), dialled('b')]);
  assert.equal(w.network.dials, 1);
  assert.equal(w.peer().text, 'a?\n');
  await w.peer().send('a=1\n');
  assert.equal(w.peer().text, 'a?\nb?\n');
  await w.peer().send('b=2\n');
  assert.deepEqual(w.bus.readings, [
    'devices/a/attributes {"a":1,"request":"a"}',
    'devices/b/attributes {"b":2,"request":"b"}',
  ]);
  assert.deepEqual(
    w.gateway.links().map(({ device, framesIn }) => [device, framesIn]),
    [
      ['a', 1],
      ['b', 1],
    ],
  );
});

test('a unit that never answers is offline after three polls; its neighbour notices nothing', async () => {
  await using w = await gatewayOf([dialled('a'), dialled('b')]);
  for (let second = 0; second < 8; second++) {
    await w.clock.advance(500);
    await w.peer().send('b=2\n');
    await w.clock.advance(500);
  }
  assert.deepEqual(w.bus.statuses, ['a online', 'b online', 'a offline']);
  assert.equal(w.changes.at(-1)?.code, 'POLL_UNANSWERED');
  assert.ok((w.refusals('a')?.POLL_UNANSWERED ?? 0) >= 3);
  assert.equal(w.bus.readings.filter((line) => line.startsWith('devices/b')).length, 8);
  await w.clock.advance(400);
  await w.peer().send('a=1\n'); // late: it is dropped
  assert.equal(w.bus.readings.filter((line) => line.startsWith('devices/a')).length, 0);
  assert.equal(w.refusals('a')?.POLL_ANSWER_LATE, 1);
  await w.asked('a?\n');
  await w.peer().send('a=1\n');
  assert.equal(w.bus.statuses.at(-1), 'a online');
  assert.equal(w.bus.readings.at(-1), 'devices/a/attributes {"a":1,"request":"a"}');
});

test('a frame of another unit, and a second answer, are refused with their codes and bytes', async () => {
  const profile = { ...METER, poll: { ...POLL, unasked: 'refuse' as const } };
  await using w = await gatewayOf([dialled('a', { profile })]);
  await w.peer().send('z=1\n');
  assert.deepEqual(w.bus.readings, []);
  await w.peer().send('a=1\n', 'a=2\n');
  assert.deepEqual(w.bus.readings, ['devices/a/attributes {"a":1,"request":"a"}']);
  assert.deepEqual(w.refusals('a'), { POLL_ANSWER_UNEXPECTED: 1, POLL_ANSWER_REPEATED: 1 });
  const [link] = w.gateway.links();
  assert.deepEqual(
    link?.refusedFrames.map(({ code, hex }) => [code, Buffer.from(hex, 'hex').toString()]),
    [
      ['POLL_ANSWER_UNEXPECTED', 'z=1'],
      ['POLL_ANSWER_REPEATED', 'a=2'],
    ],
  );
});

test('an answer that does not end is given up with its link', async () => {
  await using w = await gatewayOf([dialled('a'), dialled('b')]);
  await w.peer().send('a=1');
  await w.clock.advance(300);
  await settled();
  assert.equal(w.peers[0]?.code === undefined, false);
  const closed = w.gateway.links().filter(({ state }) => state === 'closed');
  assert.deepEqual(closed.map(({ code, device }) => [device, code]).sort(), [
    ['a', 'POLL_ANSWER_INCOMPLETE'],
    ['b', 'POLL_ANSWER_INCOMPLETE'],
  ]);
  await w.clock.advance(2_000);
  assert.equal(w.peers.length, 2);
  assert.match(w.peer().text, /^a\?\n/);
});

test('a device that only sends needs no poll; of several nobody can tell whose frame it is', async () => {
  const { poll, ...scanner } = { ...METER, id: 'profile:scanner', name: 'scanner', uplink: undefined };
  await using w = await gatewayOf([dialled('s', { profile: scanner })]);
  await w.peer().send('4711\n');
  assert.deepEqual(w.bus.readings, ['devices/s/raw 4711']);
  w.put(dialled('t', { profile: scanner }));
  w.gateway.registered('t');
  await w.clock.advance(10);
  await w.peer().send('4712\n');
  assert.equal(w.bus.readings.length, 1);
  assert.deepEqual(w.refusals('s'), { POLL_ANSWER_UNEXPECTED: 1 });
});

test('a command goes between polls, and its answer to the script', async () => {
  await using w = await gatewayOf([dialled('a')]);
  const sent = w.gateway.send('a', { kind: 'command', values: { n: 1 } }, { wait: 5_000 });
  await settled();
  assert.equal(w.peer().text, 'a?\n');
  await w.peer().send('a=1\n');
  assert.equal(w.peer().text, 'a?\nset {"n":1}\n');
  assert.deepEqual(await sent, { device: 'a', status: 'written', bytes: 12 });
  await w.peer().send('ok=1\n');
  assert.equal(w.bus.readings.at(-1), 'devices/a/attributes {"ok":1,"request":"set"}');
});

test('who waits for the answer to a command is told of it', async () => {
  await using w = await gatewayOf([dialled('a')]);
  await w.peer().send('a=1\n');
  const sent = w.gateway.send('a', { kind: 'command', values: {} }, { until: 'acknowledged' });
  await settled();
  assert.match(w.peer().text, /set \{\}\n$/);
  await w.peer().send('ok=6\n');
  assert.equal((await sent).status, 'acknowledged');
  const silent = w.gateway.send('a', { kind: 'command', values: {} }, { until: 'acknowledged' });
  await settled();
  const refused = assert.rejects(silent, { code: 'DOWNLINK_UNANSWERED' });
  await w.clock.advance(1_000);
  await refused;
});

test('commands that wait are bounded, and fail when the link ends', async () => {
  await using w = await gatewayOf([dialled('a')]);
  const results = Array.from({ length: 257 }, () =>
    w.gateway.send('a', { kind: 'command', values: {} }, { wait: 60_000 }).catch(({ code }) => code),
  );
  assert.equal(await results[256], 'DOWNLINKS_WAITING');
  w.peer().transport.reset();
  const codes = await Promise.all(results.slice(0, 256));
  assert.equal(new Set(codes).size, 1);
  assert.equal(codes[0], 'PEER_RESET');
});

test('a table of requests needs no script', async () => {
  const requests = [
    { name: 'volts', send: 'V?\n', as: 'number' as const, scale: 0.1 },
    { name: 'state', sendHex: '533f0a', as: 'text' as const },
  ];
  const profile = { ...METER, uplink: undefined, poll: { ...POLL, requests } };
  await using w = await gatewayOf([dialled('t', { profile })]);
  await w.peer().send('2300\n');
  assert.equal(w.peer().text, 'V?\nS?\n');
  await w.peer().send('on\n');
  await w.clock.advance(1_000);
  await w.peer().send('many\n');
  assert.deepEqual(w.bus.readings, [
    'devices/t/attributes {"volts":230}',
    'devices/t/attributes {"state":"on"}',
  ]);
  assert.deepEqual(w.refusals('t'), { POLL_ANSWER_INVALID: 1 });
});

test('a device that is removed leaves its link, another that is added joins it', async () => {
  await using w = await gatewayOf([dialled('a'), dialled('b')]);
  await w.peer().send('a=1\n', 'b=1\n');
  w.known.delete('a');
  w.gateway.forget('a');
  await settled();
  assert.deepEqual([w.changes.at(-1)?.status, w.changes.at(-1)?.code], ['offline', 'DEVICE_REMOVED']);
  assert.equal(w.peers.length, 1);
  w.put(dialled('c'));
  w.gateway.registered('c');
  await w.clock.advance(10);
  assert.equal(w.peers.length, 1);
  assert.match(w.peer().text, /c\?\n$/);
  for (const name of ['b', 'c']) {
    w.known.delete(name);
    w.gateway.forget(name);
  }
  await w.clock.advance(10_000);
  assert.equal(w.peer().closed, true);
  assert.equal(w.peers.length, 1);
});

test('a changed profile takes hold: its period at once, its framing with another link', async () => {
  await using w = await gatewayOf([dialled('a')]);
  await w.peer().send('a=1\n');
  const change = async (profile: Profile) => {
    w.put(dialled('a', { profile }));
    await w.gateway.profileChanged('meter');
    await settled();
  };
  await change({ ...METER, poll: { ...POLL, every: 200 } });
  await w.clock.advance(200);
  await w.peer().send('a=2\n');
  await w.clock.advance(220); // to the next time that all links have in common
  assert.equal(w.peer().text, 'a?\na?\na?\n');
  assert.equal(w.peers.length, 1);
  await change({ ...METER, framing: 'crlf' });
  await w.clock.advance(2_020);
  assert.equal(w.peers.length, 2);
  await w.peer().send('a=3\r\n');
  assert.equal(w.bus.readings.at(-1), 'devices/a/attributes {"a":3,"request":"a"}');
});

test('a changed address takes hold', async () => {
  await using w = await gatewayOf([dialled('a')]);
  const moved: TestPeer[] = [];
  await w.network.listen({ protocol: 'tcp', host: '10.0.0.8', port: 502 }, {} as never, (transport) => {
    moved.push(new TestPeer(transport as MemoryTransport));
  });
  w.put(dialled('a', { endpoint: 'tcp://10.0.0.8:502' }));
  await w.gateway.deviceChanged('a');
  await w.clock.advance(100);
  assert.equal(moved[0]?.text, 'a?\n');
  assert.equal(w.peer().closed, true);
});

test('a link that is killed is opened again', async () => {
  await using w = await gatewayOf([dialled('a'), dialled('b')]);
  const [link] = w.gateway.links();
  assert.equal(w.gateway.kill(link?.id ?? ''), true);
  await w.connected(2);
  assert.equal(w.gateway.presence('b').status, 'online');
});

test('poll scripts that fail are refused, and asked again the next time', async () => {
  await using w = await gatewayOf([dialled('a')]);
  await w.peer().send('a=1\n');
  const { poll } = w.scripts.sources.meter as { poll: object };
  w.scripts.sources.meter = {
    ...w.scripts.sources.meter,
    poll: () => {
      throw new Error('nonsense');
    },
  };
  w.put(dialled('a', { profile: { ...METER, version: '2' } }));
  await w.gateway.profileChanged('meter');
  await w.clock.advance(2_000);
  assert.equal(Object.values(w.refusals('a') ?? {})[0], 2);
  w.scripts.sources.meter = { ...w.scripts.sources.meter, poll: poll as never };
  await w.gateway.profileChanged('meter');
  await w.clock.advance(1_000);
  assert.equal(w.peer().text, 'a?\na?\n');
});

test('what is asked is fixed: the script is called once, and again when the device changes', async () => {
  await using w = await gatewayOf([dialled('a')]);
  let calls = 0;
  let fails = true;
  w.scripts.sources.meter = {
    ...w.scripts.sources.meter,
    poll: ({ parameters = '{}' }) => {
      calls++;
      if (fails) throw new Error('not yet');
      const { unit } = JSON.parse(parameters) as { unit: string };
      const expect = [{ at: 1, bytes: Buffer.from(`${unit}=`) }];
      return [{ send: Buffer.from(`.${unit}?\n`), expect, sequence: { at: 0, size: 1 }, data: `"${unit}"` }];
    },
    requests: () => [
      {
        send: Buffer.from('.set\n'),
        expect: [{ at: 1, bytes: Buffer.from('ok') }],
        sequence: { at: 0, size: 1 },
      },
    ],
    uplink: (bytes, { request = 'null' }) => {
      const json = `{"v":${`${bytes}`.split('=')[1]},"request":${request}}`;
      return { messages: [{ kind: 'attributes', json }], replies: [] };
    },
  };
  const put = async (unit: string) => {
    const poll = { ...POLL, fixed: true, unasked: 'refuse' as const };
    w.put(dialled('a', { profile: { ...METER, poll }, parameters: { unit } }));
    await w.gateway.profileChanged('meter');
  };
  await put('a');
  await w.clock.advance(2_000);
  assert.equal(calls, 2, 'a poll that failed is not fixed');
  fails = false;
  const asked = async (number: number, unit: string) => {
    await w.clock.advance(1_000);
    const own = `${String.fromCharCode(number)}${unit}`;
    assert.equal(w.peer().text.slice(-4), `${own}?\n`);
    await w.peer().send(`${own}=${number}\n`);
    assert.equal(w.bus.readings.at(-1), `devices/a/attributes {"v":${number},"request":"${unit}"}`);
  };
  for (const number of [1, 2, 3]) await asked(number, 'a');
  assert.equal(calls, 3);
  await w.clock.advance(1_000);
  await w.peer().send('\x03a=9\n');
  assert.equal(w.bus.readings.length, 3, 'an answer with an earlier number is none');
  await put('b');
  await asked(5, 'b');
  assert.equal(calls, 4);
  const sent = w.gateway.send('a', { kind: 'command', values: {} }, { until: 'acknowledged' });
  await settled();
  assert.equal(w.peer().text.slice(-5), '\x06set\n', 'a command has the next number');
  await w.peer().send('\x06ok=6\n');
  assert.equal((await sent).status, 'acknowledged');
});

test('what is asked is not fixed where the script looks at a state all the same', async () => {
  const profile: Profile = { ...METER, poll: { ...POLL, fixed: true } };
  await using w = await gatewayOf([dialled('a')]);
  let calls = 0;
  w.scripts.sources.meter = {
    ...w.scripts.sources.meter,
    discovers: true,
    poll: (_, left) => {
      left.state = `{"n":${++calls}}`;
      return [{ send: Buffer.from('a?\n'), expect: [{ at: 0, bytes: Buffer.from('a=') }] }];
    },
  };
  w.put(dialled('a', { profile }));
  await w.gateway.profileChanged('meter');
  for (let i = 0; i < 4; i++) {
    await w.clock.advance(1_000);
    await w.peer().send(`a=${i}\n`);
  }
  assert.ok(calls >= 4, `${calls}`);
});

test('a silent link is opened again', async () => {
  await using w = await gatewayOf([dialled('a')]);
  await w.clock.advance(40_000);
  assert.equal(w.peers.length, 2);
  assert.equal(w.gateway.links().find(({ state }) => state === 'closed')?.code, 'POLL_LINK_SILENT');
  // It still does not answer: it stays offline.
  assert.deepEqual(w.bus.statuses, ['a online', 'a offline']);
  await w.asked('a?\n');
  await w.peer().send('a=1\n');
  assert.deepEqual(w.bus.statuses, ['a online', 'a offline', 'a online']);
});

test('the poller of a slow bus waits: nothing is lost or asked meanwhile', async () => {
  await using w = await gatewayOf([dialled('a')]);
  w.bus.fill();
  await w.peer().send('a=1\n');
  await w.clock.advance(5_000);
  const asked = w.peer().text;
  assert.deepEqual(w.refusals('a') ?? {}, {});
  w.bus.empty();
  await settled();
  await w.clock.advance(1_100);
  await w.peer().send('a=2\n');
  assert.ok(w.peer().text.length > asked.length);
  assert.equal(w.bus.readings.length, 2);
});

test('a tap on a dialled device shows both directions', async () => {
  await using w = await gatewayOf([dialled('a')]);
  const events: string[] = [];
  using _ = w.gateway.tap(
    'a',
    ({ what, hex = '' }) => void events.push(`${what} ${Buffer.from(hex, 'hex')}`),
  );
  await w.peer().send('a=1\n');
  await w.clock.advance(1_000);
  assert.deepEqual(events.slice(0, 2), ['received a=1\n', 'frame a=1']);
  assert.ok(events.includes('sent a?\n'));
});

test('a device that connects by itself and waits to be asked is polled too', async () => {
  const dtu: Profile = {
    ...METER,
    id: 'profile:dtu',
    name: 'dtu',
    direction: 'listens',
    identity: { by: 'match', at: 0, length: 4, as: 'ascii', frames: 8 },
  };
  await using w = await gatewayOf([
    { name: 'dtu-1', protocol: 'profile', profile: dtu, identity: 'DTU1', parameters: { unit: 'u' } },
  ]);
  w.profiles.set('dtu', dtu);
  await w.gateway.listen('dtus', { profiles: ['dtu'] }, '127.0.0.1:7656');
  const peer = await w.dial(7656);
  await peer.send('DTU1\n');
  await w.clock.advance(0);
  assert.match(peer.text, /u\?\n$/);
  await peer.send('u=9\n');
  assert.equal(w.bus.readings.at(-1), 'devices/dtu-1/attributes {"u":9,"request":"u"}');
  await peer.send('u=10\n');
  const sent = w.gateway.send('dtu-1', { kind: 'command', values: {} }, { wait: 1_000 });
  await settled();
  assert.equal((await sent).status, 'written');
});

/** {@link dialling}, closed at the end of the scope. */
async function gatewayOf(devices: TestDevice[]) {
  const w = await dialling(devices);
  return { ...w, [Symbol.asyncDispose]: () => w.gateway.close() };
}
