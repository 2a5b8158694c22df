import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { eventually, scratch, start } from './running.ts';

const PROFILE = `name: bench
title: A test device
version: 1.0.0
source: [a test]
direction: dials
framing: line
poll:
  every: 100ms
  timeout: 2s
`;
const SCRIPT = `
export const poll = () => [{ send: 'weight?\\n', expect: [{ at: 0, bytes: '6b6720' }] }];
export const uplink = (bytes, ctx) => ({ values: { [ctx.request === undefined ? 'pushed' : 'weight']: bytes.length } });
`;

/** A scale: it answers, one line a request, and takes one connection only. */
async function scale() {
  const heard: string[] = [];
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket.on('error', () => {}));
    socket.on('data', (bytes) => {
      for (const line of bytes.toString().split('\n').slice(0, -1)) {
        heard.push(line);
        if (line === 'weight?') setTimeout(() => socket.write('kg 7\n'), 5);
        if (line === 'SERIAL?') setTimeout(() => socket.write('SN 4711\n'), 50);
      }
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    heard,
    sockets,
    address: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.dispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

test('tasks and triggers use the link of a dialled device, between its polls', async (t) => {
  const { dir, remove } = scratch();
  t.after(remove);
  using device = await scale();
  await using running = await start(dir);
  const { call } = running;
  const ok = async (method: string, path: string, body: unknown) => {
    const { status, json } = await call(method, `/api/v1/${path}`, body);
    assert.ok(status < 300, `${path}: ${JSON.stringify(json)}`);
    return json;
  };
  await ok('PUT', 'profiles/bench', {
    files: { 'profile.yaml': PROFILE, 'script.js': SCRIPT, 'examples.json': '[]' },
  });
  await ok('POST', 'devices', { name: 'scale-1', profile: 'bench', endpoint: device.address });
  await eventually(async () => device.heard.length > 1);

  await ok('POST', 'tasks', {
    name: 'serial',
    connection: { device: 'scale-1' },
    rules: [
      {
        send: 'SERIAL?\\n',
        rules: [{ receive: null, rules: [{ check: { notContains: 'SN' }, exit: 'failure' }] }],
      },
    ],
  });
  const run = async (name: string) => {
    const { id } = await ok('POST', `tasks/${name}/run`, {});
    return eventually(async () => {
      const { json } = await call('GET', `/api/v1/runs/${id}?secrets=true`);
      return json.endedAt !== undefined && json;
    });
  };
  const runs = await Promise.all([run('serial'), run('serial'), run('serial')]);
  assert.deepEqual(
    runs.map(({ result, code }) => code ?? result),
    ['success', 'success', 'success'],
  );
  assert.equal(device.sockets.length, 1, 'no second connection');
  const { refusals } = (await call('GET', '/api/v1/links?device=scale-1')).json[0];
  assert.deepEqual(
    Object.keys(refusals).filter((code) => code !== 'POLL_MISSED'),
    [],
  );

  await ok('POST', 'triggers', {
    name: 'button',
    connection: { device: 'scale-1' },
    rules: [{ receive: null, fire: true, rules: [{ send: 'ack {{message}}\\n' }] }],
  });
  device.sockets[0]?.write('pressed\n');
  await eventually(async () => device.heard.includes('ack pressed'));
  const [state] = (await call('GET', '/api/v1/trigger-states')).json;
  assert.deepEqual([state.state, state.address, state.fires], ['listening', 'device scale-1', 1]);
  await eventually(
    async () => (await call('GET', '/api/v1/devices/scale-1')).json.values.pushed !== undefined,
  );

  await call('DELETE', '/api/v1/devices/scale-1');
  assert.equal((await run('serial')).code, 'DOWNLINK_DEVICE_UNKNOWN');
  assert.equal((await call('GET', '/api/v1/trigger-states')).json[0].code, 'DOWNLINK_DEVICE_UNKNOWN');
});
