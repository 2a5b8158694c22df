import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { mqttBus } from '@fairlead/bus';
import { requirePeer, startMosquitto } from '@fairlead/testkit';
import { checkConfig } from '../src/index.ts';
import { dial, eventually, packet, scratch, start } from './running.ts';

test('readings go to several buses by kind and device, and a command comes from the second one', async (t) => {
  if (!requirePeer(t, 'mosquitto')) return;
  const { dir, remove } = scratch();
  t.after(remove);
  await using mosquitto = await startMosquitto();
  const posted: { topic: string; json: Record<string, unknown> }[] = [];
  const hook = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      posted.push(...JSON.parse(body).messages);
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
  t.after(() => hook.close());
  const { port } = hook.address() as AddressInfo;
  writeFileSync(
    join(dir, 'fairlead.yaml'),
    `buses:
  platform: {kind: mqtt, required: true, commands: true, mqtt: {url: '${mosquitto.url}', version: 5, qos: 1}}
  hook: {kind: webhook, kinds: [attributes], devices: ['pump-*'], time: payload, webhook: {url: 'http://127.0.0.1:${port}/'}}
`,
  );
  await using running = await start(dir);
  const { service, call } = running;
  await using ears = await mqttBus({ url: mosquitto.url, version: 5 });
  await ears.ready();
  const heard: string[] = [];
  await ears.subscribe('devices/+/attributes', (topic, payload, { properties }) =>
    heard.push(`${topic} ${payload} ${properties?.device} ${properties?.seq} ${properties?.kind}`),
  );
  const dialled = await Promise.all(
    ['pump-1', 'fan-1'].map(async (name) => {
      const { json } = await call('POST', '/api/v1/devices', { name });
      const device = await dial(service.addresses.listeners.official as string);
      t.after(() => device.destroy());
      device.write(Buffer.concat([packet(0, 0, json.token), packet(0, 1, '{"v":1}')]));
      return device;
    }),
  );
  await eventually(() => heard.length === 2 && posted.length === 1);
  assert.deepEqual(heard.sort(), [
    'devices/fan-1/attributes {"v":1} fan-1 1 attributes',
    'devices/pump-1/attributes {"v":1} pump-1 1 attributes',
  ]);
  const [{ topic, json }] = posted as [(typeof posted)[0]];
  assert.equal(topic, 'devices/pump-1/attributes');
  assert.ok(Math.abs(Date.parse(json._time as string) - Date.now()) < 60_000);
  assert.equal(json.v, 1);
  const arrived: Buffer[] = [];
  (dialled[0] as (typeof dialled)[0]).on('data', (chunk: Buffer) => arrived.push(chunk));
  ears.publish([{ topic: 'devices/pump-1/set', payload: '{"target":4}' }]);
  await eventually(() => arrived.length > 0);
  assert.deepEqual(arrived[0], packet(0, 1, '{"target":4}'));
  const metrics = (await call('GET', '/metrics')).json;
  assert.match(metrics, /fairlead_bus_branch_published_total\{bus="hook"\} 1\n/);
  assert.match(metrics, /fairlead_bus_branch_connected\{bus="platform"\} 1\n/);
  await mosquitto.kill();
  await eventually(async () => (await call('GET', '/readyz')).status === 503);
});

test('mistakes in the section buses are named', (t) => {
  const { dir, remove } = scratch();
  t.after(remove);
  const file = join(dir, 'buses.yaml');
  const problem = (keys: string) => {
    writeFileSync(file, `buses: {x: {${keys}}}\n`);
    return checkConfig({ file, env: {}, cwd: dir }).problems.map(({ message }) => message)[0] ?? '';
  };
  assert.match(problem('kind: mqtt'), /"buses\.x\.mqtt\.url": it is required if buses\.x\.kind is mqtt/);
  assert.match(problem('kind: embedded'), /"buses\.x\.kind"/);
  assert.match(problem('kind: nats, nats: {url: "nats://a:b@c"}'), /without user and password/);
  assert.match(problem('kind: nats, nats: {url: "nats://c", subjects: [a]}'), /it needs a stream/);
  assert.match(
    problem('kind: nats, nats: {url: "nats://c", user: a, tokenFile: b}'),
    /use one of user, token/,
  );
  assert.match(problem('kind: nats, nats: {url: "nats://c", prefix: a}'), /end with a dot/);
  assert.match(problem('kind: webhook, webhook: {url: "http://c", ca: x}'), /starts with https/);
  assert.match(
    problem('kind: webhook, webhook: {url: "http://c", secret: x}'),
    /must not be in the configuration file/,
  );
  assert.match(problem('kind: webhook, webhook: {url: "http://c", secretFile: gone}'), /gone/);
  assert.match(problem('kind: stdout, filters: ["a/#/b"]'), /# must be the last level/);
  assert.match(problem('kind: stdout, devices: ["a/b"]'), /expected a name of devices/);
  assert.match(problem('kind: stdout, kinds: [all]'), /"buses\.x\.kinds\.0"/);
  assert.equal(problem('kind: stdout'), '');
});
