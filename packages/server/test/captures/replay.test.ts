import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dial, eventually, type Json, type Running, scratch, start } from '../running.ts';

const YAML = 'name: meter\ntitle: Meter\nsource: [a test]\nversion: 1.0.0\nframing: line\n';
const scriptOf = (values: string) =>
  `export const uplink = (bytes) => { const n = Number(String.fromCharCode(...bytes)); return { values: { ${values} } }; };`;

const put = (running: Running, name: string, values: string) =>
  running.call('PUT', `/api/v1/profiles/${name}`, {
    files: { 'profile.yaml': YAML.replace('meter', name), 'script.ts': scriptOf(values) },
  });

async function replay(running: Running, id: string, body: object, token = running.token) {
  const response = await fetch(`${running.url}/api/v1/captures/${id}/replay`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  const lines = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Json);
  return { status: response.status, lines };
}

test('a capture through another profile of the service: lines, differences, and messages if told', async (t) => {
  const { dir, remove } = scratch();
  t.after(remove);
  await using running = await start(dir);
  await put(running, 'meter', 'n');
  await put(running, 'meter2', 'n, double: 2 * n');
  const { token } = (
    await running.call('POST', '/api/v1/devices', { name: 'pump', protocol: 'custom', profile: 'meter' })
  ).json;
  assert.match(token, /^fl_/);
  const { id } = (await running.call('POST', '/api/v1/captures', { target: 'pump' })).json;
  const socket = await dial(running.service.addresses.listeners.custom as string);
  socket.write(`${token}1\n2\n`);
  await eventually(async () =>
    JSON.stringify(await running.call('GET', '/api/v1/devices/pump')).includes('"n"'),
  );
  socket.destroy();
  await eventually(() => running.service.gateway.presence('pump').status === 'offline');

  const same = await replay(running, id, { profile: 'meter', diff: true });
  assert.equal(same.status, 200);
  assert.deepEqual(same.lines, [
    {
      summary: {
        links: 1,
        frames: 2,
        messages: 2,
        errors: 0,
        differences: 0,
        missed: 0,
        unreadable: 0,
        published: 0,
        refused: 0,
      },
    },
  ]);
  const { lines } = await replay(running, id, { profile: 'meter2', diff: true });
  assert.deepEqual(
    lines.slice(0, 2).map(({ diff, of, changes }) => [diff, of, changes]),
    [1, 2].map((n) => ['changed', 'message', [{ field: 'double', new: 2 * n }]]),
  );
  const told = await replay(running, id, { profile: 'meter2' });
  assert.deepEqual(
    told.lines.slice(0, 2).map(({ of, hex, values }) => [of, hex, values]),
    [1, 2].map((n) => ['pump', Buffer.from(`${n}\n`).toString('hex'), { n, double: 2 * n }]),
  );
  const stored = () => running.service.store.messages.list({ device: 'pump' }).length;
  const before = stored();
  assert.equal(before, 2, 'a replay publishes nothing');
  const published = await replay(running, id, {
    profile: 'meter2',
    diff: true,
    publish: true,
    device: 'pump',
  });
  assert.equal(published.lines.at(-1).summary.published, 2);
  await eventually(() => stored() === 4);

  for (const [body, code] of [
    [{ profile: 'none' }, 'PROFILE_UNKNOWN'],
    [{ profile: 'meter', publish: true }, 'REPLAY_DEVICE_MISSING'],
    [{ profile: 'meter', publish: true, device: 'none' }, 'DEVICE_UNKNOWN'],
    [{ profile: 'meter', colour: 1 }, 'OPTION_UNKNOWN'],
  ] as const)
    assert.equal((await replay(running, id, body)).lines[0].code, code);
  assert.equal((await replay(running, '00000000', { profile: 'meter' })).lines[0].code, 'CAPTURE_UNKNOWN');

  const reader = (await running.call('POST', '/api/v1/tokens', { name: 'r', scopes: ['read'] })).json.token;
  assert.equal((await replay(running, id, { profile: 'meter' }, reader)).lines[0].code, 'SCOPE_MISSING');
  const operator = (await running.call('POST', '/api/v1/tokens', { name: 'o', scopes: ['operate'] })).json
    .token;
  assert.equal((await replay(running, id, { profile: 'meter' }, operator)).lines.length, 3);
  for (const [payload, code] of [
    ['all', 'SCOPE_MISSING'],
    ['none', 'CAPTURE_WITHOUT_BYTES'],
  ] as const) {
    const other = (await running.call('POST', '/api/v1/captures', { target: 'pump', payload })).json.id;
    const [line] = (await replay(running, other, { profile: 'meter' }, operator)).lines;
    assert.equal(line.code ?? line.failed.code, code);
  }
});
