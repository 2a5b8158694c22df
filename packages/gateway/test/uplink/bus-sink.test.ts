import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attributes, auth, world } from '../harness.ts';

const device = { name: 'd', token: 'secret' };
const readings = (published: readonly { topic: string; properties?: object | undefined }[]) =>
  published.filter(({ topic }) => topic.endsWith('/attributes')).map(({ properties }) => properties);

test('an uplink carries its origin and its time as properties', async () => {
  const { official, bus, clock } = await world([device]);
  bus.carriesProperties = true;
  await (await official()).send(auth('secret'), attributes({ a: 1 }), attributes({ a: 2 }));
  const [first, second] = readings(bus.published) as Record<string, string>[];
  const time = new Date(clock.now()).toISOString();
  assert.match(first?.epoch ?? '', /^\d+$/);
  assert.deepEqual(first, { device: 'd', epoch: first?.epoch, seq: '1', time, kind: 'attributes' });
  assert.deepEqual(second, { ...first, seq: '2' });
});

test('no properties are built for a bus that does not carry them', async () => {
  const { official, bus } = await world([device]);
  await (await official()).send(auth('secret'), attributes({ a: 1 }));
  assert.deepEqual(readings(bus.published), [undefined]);
});
