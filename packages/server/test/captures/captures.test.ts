import assert from 'node:assert/strict';
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { CaptureLine } from '../../src/captures/lines.ts';
import { masked, TokenMask } from '../../src/captures/token-mask.ts';
import { dial, eventually, type Running, scratch, start } from '../running.ts';

const LINE_DEVICE = {
  name: 'pump',
  protocol: 'custom',
  framing: 'line',
  uplink: 'export const uplink = (bytes) => ({ values: { n: bytes.length } });',
};

async function linesOf(running: Running, id: string): Promise<CaptureLine[]> {
  const response = await fetch(`${running.url}/api/v1/captures/${id}/export`, {
    headers: { authorization: `Bearer ${running.token}` },
  });
  assert.equal(response.status, 200);
  return (await response.text())
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

test('a capture of a device goes on across its links and a restart, with all bytes and no token', async (t) => {
  const { dir, remove } = scratch();
  t.after(remove);
  let running = await start(dir);
  t.after(() => running.service.close());
  const token = (await running.call('POST', '/api/v1/devices', LINE_DEVICE)).json.token as string;
  const made = await running.call('POST', '/api/v1/captures', { target: 'pump', time: '1h' });
  assert.equal(made.status, 201);
  const { id } = made.json;
  const talk = async (text: string) => {
    const socket = await dial(running.service.addresses.listeners.custom as string);
    // The token comes in two pieces.
    socket.write(token.slice(0, 10));
    await new Promise((resolve) => setTimeout(resolve, 20));
    socket.write(`${token.slice(10)}${text}\n`);
    await eventually(async () =>
      (await linesOf(running, id)).some(
        ({ what, values }) => what === 'message' && (values as { n: number }).n === text.length,
      ),
    );
    socket.destroy();
    await eventually(async () => running.service.gateway.presence('pump').status === 'offline');
  };
  await talk('one');
  await talk('three');
  await running.service.close();
  const file = join(dir, 'fairlead-data', 'captures', `${id}.jsonl`);
  appendFileSync(file, '{"what":"received","time":"20'); // a crash has cut a line
  running = await start(dir);
  await talk('sixsix');
  const stopped = await running.call('POST', `/api/v1/captures/${id}/stop`);
  assert.deepEqual([stopped.json.running, stopped.json.reason], [false, 'stopped']);
  const lines = await linesOf(running, id);
  assert.deepEqual(
    lines.filter(({ what }) => what === 'message').map(({ values }) => values),
    [{ n: 3 }, { n: 5 }, { n: 6 }],
  );
  const count = (what: string) => lines.filter((line) => line.what === what).length;
  assert.deepEqual([count('opened'), count('closed'), count('end')], [3, 3, 1]);
  const received = Buffer.concat(
    lines.filter(({ what }) => what === 'received').map(({ hex = '' }) => Buffer.from(hex, 'hex')),
  ).toString();
  assert.equal(received, ['one', 'three', 'sixsix'].map((text) => `fl_${'*'.repeat(32)}${text}\n`).join(''));
  assert.ok(!readFileSync(file, 'latin1').includes(Buffer.from(token.slice(3)).toString('hex')));
  assert.equal((await running.call('DELETE', `/api/v1/captures/${id}`)).status, 204);
  assert.deepEqual(readdirSync(join(dir, 'fairlead-data', 'captures')), []);
  assert.equal((await running.call('GET', `/api/v1/captures/${id}`)).json.code, 'CAPTURE_UNKNOWN');
  await running.service.close();
});

test('a device that waits in the inbox is captured, and further as the device that it becomes', async (t) => {
  const { dir, remove } = scratch();
  t.after(remove);
  await using running = await start(dir, {
    FAIRLEAD_LISTENERS__TRACKERS__LISTEN: '127.0.0.1:0',
    FAIRLEAD_LISTENERS__TRACKERS__PROTOCOL: 'profiles',
    FAIRLEAD_LISTENERS__TRACKERS__PROFILES: '["gt06"]',
  });
  const socket = await dial(running.service.addresses.listeners.trackers as string);
  t.after(() => socket.destroy());
  const login = Buffer.from('78780d0103534190360660610003c3df0d0a', 'hex');
  socket.write(login);
  const entry = await eventually(() => running.service.gateway.inbox()[0]);
  const { json } = await running.call('POST', '/api/v1/captures', { target: entry.id, payload: 'all' });
  assert.equal(json.of, 'inbox');
  socket.destroy();
  await eventually(() => running.service.gateway.inbox()[0]?.connected === false);
  const again = await dial(running.service.addresses.listeners.trackers as string);
  t.after(() => again.destroy());
  again.write(login);
  await eventually(async () =>
    (await linesOf(running, json.id)).some(
      ({ what, hex }) => what === 'received' && hex === login.toString('hex'),
    ),
  );
  await running.call('POST', '/api/v1/devices', {
    name: 'truck',
    profile: 'gt06',
    identity: '353419036066061',
  });
});

test('a capture of a link ends with it; sizes alone; bounds of size and time; wrong terms', async (t) => {
  const { dir, remove } = scratch();
  t.after(remove);
  await using running = await start(dir);
  const { token } = (await running.call('POST', '/api/v1/devices', LINE_DEVICE)).json;
  const socket = await dial(running.service.addresses.listeners.custom as string);
  socket.write(`${token}a\n`);
  const link = await eventually(() => running.service.gateway.presence('pump').link);
  const capture = async (terms: object) => (await running.call('POST', '/api/v1/captures', terms)).json;
  const [ofLink, small, brief] = [
    await capture({ target: link, payload: 'none' }),
    await capture({ target: 'pump', size: '64KiB' }),
    await capture({ target: 'pump', time: 1 }),
  ];
  await eventually(
    async () => (await running.call('GET', `/api/v1/captures/${brief.id}`)).json.reason === 'time',
  );
  socket.write(`${'x'.repeat(60_000)}\n`);
  await eventually(
    async () => (await running.call('GET', `/api/v1/captures/${small.id}`)).json.reason === 'size',
  );
  socket.destroy();
  await eventually(
    async () => (await running.call('GET', `/api/v1/captures/${ofLink.id}`)).json.reason === 'closed',
  );
  const lines = await linesOf(running, ofLink.id);
  assert.equal(lines[1]?.what, 'attached');
  const bytes = lines.filter(({ what }) => what === 'received').reduce((sum, { size = 0 }) => sum + size, 0);
  assert.equal(bytes, 60_001);
  assert.ok(lines.every(({ hex, values }) => hex === undefined && values === undefined));
  const kept = await linesOf(running, small.id);
  assert.equal(kept.at(-1)?.what, 'end');
  const pcap = await fetch(`${running.url}/api/v1/captures/${small.id}/export?format=pcapng`, {
    headers: { authorization: `Bearer ${running.token}` },
  });
  assert.equal(Buffer.from(await pcap.arrayBuffer()).readUInt32BE(0), 0x0a0d0d0a);
  for (const [terms, code] of [
    [{ target: 'nobody' }, 'TAP_TARGET_UNKNOWN'],
    [{ target: 'pump', time: '8d' }, 'OPTION_INVALID'],
    [{ target: 'pump', size: 1 }, 'OPTION_INVALID'],
    [{ target: 'pump', payload: 'some' }, 'OPTION_INVALID'],
  ] as const)
    assert.equal((await capture(terms)).code, code, JSON.stringify(terms));
  assert.equal(
    (await running.call('GET', '/api/v1/captures')).json.length,
    3,
    'a refused one leaves nothing',
  );
});

test('files that are no captures are left alone', async (t) => {
  const { dir, remove } = scratch();
  t.after(remove);
  {
    await using running = await start(dir);
    await running.call('POST', '/api/v1/devices', LINE_DEVICE);
    await running.call('POST', '/api/v1/captures', { target: 'pump' });
  }
  const folder = join(dir, 'fairlead-data', 'captures');
  writeFileSync(join(folder, '0badf00d.jsonl'), 'no JSON\n');
  writeFileSync(join(folder, '00000000.jsonl'), '');
  writeFileSync(join(folder, 'notes.txt'), '');
  await using running = await start(dir);
  assert.equal((await running.call('GET', '/api/v1/captures')).json.length, 1);
  assert.equal(readdirSync(folder).length, 4);
});

test('tokens are masked in every division into pieces', () => {
  const token = 'fl_0123456789abcdef0123456789abcdef';
  const text = `ff${token}abc fl_zz ${token}`;
  const whole = masked(Buffer.from(text)).toString();
  assert.equal(whole, `fffl_${'*'.repeat(32)}abc fl_zz fl_${'*'.repeat(32)}`);
  for (let at = 0; at <= text.length; at++) {
    const mask = new TokenMask();
    const parts = [text.slice(0, at), text.slice(at)].map((part) => mask.next(Buffer.from(part)));
    assert.equal(Buffer.concat(parts).toString(), whole, `split at ${at}`);
  }
});
