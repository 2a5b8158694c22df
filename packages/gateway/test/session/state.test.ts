import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { settled } from '@fairlead/testkit';
import type { Device, DeviceStateStore, ScriptContext } from '../../src/index.ts';
import { gatewayLimits } from '../../src/index.ts';
import { DeviceStates } from '../../src/session/device-states.ts';
import { bytes, deviceOf, profileWorld, talks } from '../profiles.ts';

interface Counts {
  readonly n?: number;
}

const counted = (json: string | undefined): number => ((JSON.parse(json ?? '{}') as Counts).n ?? 0) + 1;

/** Counts the frames of the link and of the device, and the commands of the link. */
const counting = {
  keepsState: true,
  identify: (frame: Buffer, { state }: ScriptContext, left: { state?: string }) => {
    left.state = JSON.stringify({ n: counted(state) });
    return `${frame}`.startsWith('LOGIN') ? { id: `${frame}`.slice(6), consumed: true } : undefined;
  },
  uplink: (
    _frame: Buffer,
    { state, deviceState }: ScriptContext,
    left: { state?: string; deviceState?: string },
  ) => {
    const [link, device] = [counted(state), counted(deviceState)];
    left.state = JSON.stringify({ n: link });
    left.deviceState = JSON.stringify({ n: device });
    const json = JSON.stringify({ link, device });
    return { messages: [{ kind: 'attributes' as const, json }], replies: [] };
  },
  downlink: (_input: object, { state }: ScriptContext, left: { state?: string }) => {
    left.state = JSON.stringify({ n: counted(state) });
    return [bytes(`${counted(state)}`)];
  },
};

const names = ['d2', 'd3'];

async function countingWorld(options = {}) {
  const made = await profileWorld([talks], [], {}, options);
  for (const name of names) made.put(deviceOf(talks, name));
  made.scripts.sources.talks = counting;
  await made.gateway.profileChanged('talks');
  const counts = (name: string) =>
    made.bus.readings.filter((line) => line.includes(`/${name}/`)).map((line) => line.replace(/^.* /, ''));
  return { ...made, counts };
}

describe('what scripts keep', () => {
  it('belongs to the link or to the device, and to no other', async () => {
    const { tracker, counts } = await countingWorld();
    const first = await (await tracker()).send('1\nLOGIN d2\n2\n');
    // Two frames were read by `identify`.
    assert.deepEqual(counts('d2'), ['{"link":3,"device":1}', '{"link":4,"device":2}']);
    await (await tracker()).send('LOGIN d3\n1\n');
    assert.deepEqual(counts('d3'), ['{"link":2,"device":1}']);
    first.transport.reset();
    await settled();
    await (await tracker()).send('LOGIN d2\n1\n');
    assert.equal(counts('d2')[2], '{"link":2,"device":3}');
  });

  it('is passed on from batch to batch, however fast they come, and through commands', async () => {
    const { tracker, counts, gateway, scripts } = await countingWorld();
    const peer = await (await tracker()).send('LOGIN d2\n');
    const hold = Promise.withResolvers<void>();
    scripts.hold = hold.promise;
    for (let i = 0; i < 3; i++) await peer.send('1\n2\n');
    const sent = gateway.send('d2', { kind: 'command', values: {} });
    await peer.send('3\n');
    hold.resolve();
    await sent;
    await settled();
    assert.equal(peer.text, '8');
    assert.deepEqual(
      counts('d2'),
      [2, 3, 4, 5, 6, 7, 9].map((link, i) => `{"link":${link},"device":${i + 1}}`),
    );
  });

  it('is right from the first call on, although only the calls show that a script keeps any', async () => {
    const { tracker, scripts, gateway, counts } = await countingWorld();
    scripts.sources.talks = { ...counting, keepsState: false, discovers: true };
    await gateway.profileChanged('talks');
    const peer = await (await tracker()).send('LOGIN d2\n');
    const hold = Promise.withResolvers<void>();
    scripts.hold = hold.promise;
    for (let i = 0; i < 3; i++) await peer.send('1\n2\n');
    assert.equal(scripts.calls, 3, 'none waits for another');
    const sent = gateway.send('d2', { kind: 'command', values: {} });
    hold.resolve();
    await sent;
    await peer.send('3\n');
    await settled();
    assert.equal(peer.text, '8');
    assert.deepEqual(
      counts('d2'),
      [2, 3, 4, 5, 6, 7, 9].map((link, i) => `{"link":${link},"device":${i + 1}}`),
    );
  });

  it('is not waited for by scripts that keep nothing', async () => {
    const { tracker, scripts, gateway } = await countingWorld();
    scripts.sources.talks = { ...counting, keepsState: false };
    await gateway.profileChanged('talks');
    const peer = await (await tracker()).send('LOGIN d2\n');
    const hold = Promise.withResolvers<void>();
    scripts.hold = hold.promise;
    for (let i = 0; i < 3; i++) await peer.send('1\n');
    assert.equal(scripts.calls, 3);
    hold.resolve();
  });

  it('of a device outlives a restart where a store keeps it', async () => {
    const kept = new Map<string, string>();
    const deviceStates: DeviceStateStore = {
      get: ({ id }) => kept.get(id),
      put: ({ id }, state) => void kept.set(id, state),
    };
    for (const expected of ['{"link":2,"device":1}', '{"link":2,"device":2}']) {
      const { tracker, counts } = await countingWorld({ deviceStates });
      await (await tracker()).send('LOGIN d2\n1\n');
      assert.deepEqual(counts('d2'), [expected]);
    }
  });

  it('of devices is kept in memory up to a bound; the least recently used is left to the store', () => {
    const asked: string[] = [];
    const states = new DeviceStates({ get: ({ id }) => void asked.push(id), put: () => {} });
    const state = 'x'.repeat(4_096);
    const count = Math.ceil(gatewayLimits.values.deviceStates / 4_096);
    const device = (i: number) => ({ id: `${i}` }) as Device;
    for (let i = 0; i < count; i++) states.set(device(i), state);
    assert.equal(states.get(device(count - 1)), state);
    assert.deepEqual(asked, []);
    assert.equal(states.get(device(0)), undefined);
    assert.equal(states.get(device(0)), undefined);
    assert.deepEqual(asked, ['0']);
  });
});

describe('a script', () => {
  it('gets the identity, the parameters and the secret of its device', async () => {
    const profile = { ...talks, parameters: { zone: '+00:00', unit: 1 }, secret: 'optional' as const };
    const device = deviceOf(profile, 'd2', { parameters: { unit: 3 }, secret: 's' });
    const { tracker, scripts, gateway, put } = await profileWorld([profile], [device]);
    const seen: ScriptContext[] = [];
    const uplink = (_: Buffer, context: ScriptContext) => {
      seen.push(context);
      return { messages: [], replies: [] };
    };
    scripts.sources.talks = { uplink };
    const peer = await (await tracker()).send('LOGIN d2\n1\n');
    put(deviceOf({ ...profile, secret: 'none' }, 'd2', { parameters: { unit: 4 }, secret: 's' }));
    await gateway.deviceChanged('d2');
    await peer.send('1\n');
    const link = gateway.links()[0]?.id;
    assert.deepEqual(
      seen.map(({ identity, link, parameters, secret }) => [identity, link, parameters, secret]),
      [
        ['d2', link, '{"zone":"+00:00","unit":3}', 's'],
        ['d2', link, '{"zone":"+00:00","unit":4}', undefined],
      ],
    );
  });
});
