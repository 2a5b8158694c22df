import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createConnection, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type EmbeddedBrokerOptions, embeddedBroker } from '@fairlead/bus';
import { isFairleadError } from '@fairlead/core';
import { eventually, peerEnvironment, requirePeer } from '@fairlead/testkit';
import { recordingLog } from '../recording-log.ts';
import { RawClient } from './raw-client.ts';

/** A subscriber that is a real `mosquitto_sub`; `lines()` is what it printed. */
async function mosquittoSub(t: TestContext, port: number, ...args: string[]) {
  // Line by line, or the SUBACK would stay in the buffer of its pipe.
  const command = ['-oL', 'mosquitto_sub', '-h', '127.0.0.1', '-p', String(port), '-d', '-v', ...args];
  const child = spawn('stdbuf', command, { env: peerEnvironment() });
  let output = '';
  child.stdout.on('data', (text: Buffer) => {
    output += text.toString();
  });
  const exited = once(child, 'exit');
  t.after(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  await eventually(
    () => output.includes('SUBACK') || child.exitCode !== null,
    'mosquitto_sub has subscribed',
  );
  return {
    child,
    lines: () => output.split('\n').filter((line) => line !== '' && !/^(Client|Subscribed)/.test(line)),
  };
}

/** Not `spawnSync`: the broker lives in this process and must be able to answer. */
async function mosquittoPub(port: number, ...args: string[]) {
  const common = ['-h', '127.0.0.1', '-p', String(port)];
  const child = spawn('mosquitto_pub', [...common, ...args], { env: peerEnvironment() });
  let stderr = '';
  child.stderr.on('data', (text: Buffer) => {
    stderr += text.toString();
  });
  const [status] = await once(child, 'close', { signal: AbortSignal.timeout(10_000) });
  return { status, stderr };
}

test('real clients: anonymous ones hear everything and publish only downlinks', async (t) => {
  if (!requirePeer(t, 'mosquitto_sub')) return;
  const log = recordingLog();
  await using bus = await embeddedBroker({ listen: '127.0.0.1:0', log });
  const port = bus.port as number;
  bus.publish([
    { topic: 'devices/a/status', payload: '{"status":"online"}', retain: true },
    { topic: 'devices/b/status', payload: '{"status":"online"}', retain: true },
    { topic: 'devices/b/status', payload: '', retain: true },
  ]);
  await bus.flushed();
  const all = await mosquittoSub(t, port, '-t', '#');
  bus.publish([{ topic: 'devices/a/attributes', payload: Buffer.from('{"temperature":21.5}') }]);
  await eventually(() => all.lines().length === 2, 'the retained status and the reading came');
  assert.deepEqual(all.lines(), [
    'devices/a/status {"status":"online"}',
    'devices/a/attributes {"temperature":21.5}',
  ]);

  const down: string[] = [];
  await bus.subscribe('devices/+/set', (topic, payload) => down.push(`${topic} ${payload}`));
  await bus.subscribe('devices/+/command', (topic, payload) => down.push(`${topic} ${payload}`));
  for (const qos of ['0', '1', '2'])
    assert.equal((await mosquittoPub(port, '-q', qos, '-t', 'devices/a/set', '-m', qos)).status, 0);
  assert.equal((await mosquittoPub(port, '-t', 'devices/a/command', '-m', '{"method":"restart"}')).status, 0);
  await eventually(() => down.length === 4, 'the downlinks came');
  assert.deepEqual(down.sort(), [
    'devices/a/command {"method":"restart"}',
    'devices/a/set 0',
    'devices/a/set 1',
    'devices/a/set 2',
  ]);

  await eventually(() => all.lines().length === 6, 'the other client heard the downlinks too');
  for (const topic of ['devices/a/attributes', 'devices/a/b/set', 'else', '$SYS/x']) {
    const refused = await mosquittoPub(port, '-q', '1', '-t', topic, '-m', 'forged');
    assert.notEqual(refused.status, 0, `${topic} is refused in a way that the client notices`);
  }
  assert.deepEqual(new Set(log.codes), new Set(['BUS_PUBLISH_REFUSED']));
  assert.equal(bus.stats().refused, 4);
  assert.ok(
    log.lines.some((line) => line.includes('"devices/a/attributes"')),
    'the log names the topic',
  );
  bus.publish([{ topic: 'end', payload: '' }]);
  await eventually(() => all.lines().at(-1)?.startsWith('end') === true, 'the last message came');
  assert.equal(all.lines().length, 7);
});

test('users: right and wrong passwords, and no anonymous clients where that is switched off', async (t) => {
  if (!requirePeer(t, 'mosquitto_pub')) return;
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-bus-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'password');
  await writeFile(file, 'from a file\n');
  const log = recordingLog();
  await using bus = await embeddedBroker({
    listen: '127.0.0.1:0',
    users: [
      { name: 'console', password: 'right' },
      { name: 'platform', password: { file } },
    ],
    anonymous: false,
    log,
  });
  const port = bus.port as number;
  const got: string[] = [];
  await bus.subscribe('#', (topic) => got.push(topic));
  const message = ['-q', '1', '-t', 'any/topic', '-m', 'x'];
  assert.equal((await mosquittoPub(port, '-u', 'console', '-P', 'right', ...message)).status, 0);
  assert.equal((await mosquittoPub(port, '-u', 'platform', '-P', 'from a file', ...message)).status, 0);
  for (const [user, reason] of [
    [['-u', 'console', '-P', 'wrong'], /bad user name or password|not authorised/i],
    [['-u', 'nobody', '-P', 'right'], /bad user name or password|not authorised/i],
    [['-u', 'console'], /bad user name or password|not authorised/i],
    [[], /not authorised/i],
  ] as const) {
    const { status, stderr } = await mosquittoPub(port, ...user, ...message);
    assert.notEqual(status, 0);
    assert.match(stderr, reason);
  }
  await eventually(() => got.length === 2, 'the two that may came');
  assert.deepEqual(
    log.codes,
    Array.from({ length: 4 }, () => 'BUS_CLIENT_REFUSED'),
  );
  assert.ok(!log.lines.join().includes('wrong user or password') || !log.lines.join().includes('right'));
});

test('a subscriber that stops reading is cut off, and holds the others up no longer than drainTimeout', async (t) => {
  if (!requirePeer(t, 'mosquitto_sub')) return;
  const log = recordingLog();
  const queue = { highWater: '256KiB', limit: '4MiB' };
  await using bus = await embeddedBroker({ listen: '127.0.0.1:0', drainTimeout: '300ms', queue, log });
  const stopped = await mosquittoSub(t, bus.port as number, '-t', 'n');
  const other = await mosquittoSub(t, bus.port as number, '-t', 'n', '-F', '%l');
  assert.equal(bus.clients, 2);
  stopped.child.kill('SIGSTOP');
  const payload = Buffer.alloc(2_000, 'x');
  let longest = 0;
  let most = 0;
  let held = false;
  let sent = 0;
  for (; !held || bus.clients === 2; sent += 20) {
    assert.ok(sent < 50_000, 'the stopped subscriber is noticed');
    if (!bus.publish(Array.from({ length: 20 }, () => ({ topic: 'n', payload })))) {
      held = true;
      const start = performance.now();
      await bus.drained(AbortSignal.timeout(5_000));
      longest = Math.max(longest, performance.now() - start);
    }
    most = Math.max(most, bus.stats().queuedBytes);
    if (sent % 200 === 0) await new Promise(setImmediate);
  }
  await bus.flushed(AbortSignal.timeout(5_000));
  assert.ok(longest >= 200 && longest < 2_000, `the longest wait was ${longest} ms`);
  assert.ok(most < 300 * 1_024, `${most} bytes were queued at most`);
  assert.deepEqual(log.codes, ['BUS_CLIENT_FAILED']);
  await eventually(() => other.lines().length === sent, 'the other subscriber got every message');
});

/** Writes bytes of MQTT by hand; resolves when the broker has closed the connection. */
async function closedAfter(port: number, bytes: Uint8Array): Promise<Buffer> {
  const socket = createConnection({ port, host: '127.0.0.1' });
  const answer: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => answer.push(chunk)).on('error', () => {});
  socket.write(bytes);
  await once(socket, 'close', { signal: AbortSignal.timeout(5_000) });
  return Buffer.concat(answer);
}

const CONNECT = Buffer.from('100d00044d51545404020000000161', 'hex');

async function open(port: number): Promise<Socket> {
  const socket = createConnection({ port, host: '127.0.0.1' });
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

test('bounds: size of packets, time to connect, number of clients', async (t) => {
  const log = recordingLog();
  await using bus = await embeddedBroker({
    listen: '127.0.0.1:0',
    maxPayload: '1KiB',
    connectTimeout: '100ms',
    maxClients: 2,
    log,
  });
  const port = bus.port as number;
  const large = Buffer.from('308080800161', 'hex'); // a PUBLISH that announces 2 MiB
  const client = await open(port);
  client.write(CONNECT);
  const [connack] = await once(client, 'data', { signal: AbortSignal.timeout(5_000) });
  assert.equal(connack.toString('hex'), '20020000');
  client.write(large);
  await once(client, 'close', { signal: AbortSignal.timeout(5_000) });
  await closedAfter(port, Buffer.from('1080800400', 'hex')); // a CONNECT that announces 64 KiB
  assert.deepEqual(log.codes, ['BUS_PACKET_TOO_LARGE', 'BUS_PACKET_TOO_LARGE']);
  await closedAfter(port, Buffer.from('GET / HTTP/1.1\r\n\r\n'));
  log.codes.length = 0;
  const silent = await open(port);
  await once(silent.resume(), 'close', { signal: AbortSignal.timeout(5_000) });
  assert.deepEqual(log.codes, ['BUS_CLIENT_FAILED']);
  log.codes.length = 0;
  const sockets = [(await RawClient.connect(port, 'b')).socket, (await RawClient.connect(port, 'c')).socket];
  t.after(() => {
    for (const socket of sockets) socket.destroy();
  });
  assert.equal((await closedAfter(port, CONNECT)).toString('hex'), '20020003');
  assert.equal((await closedAfter(port, CONNECT)).toString('hex'), '20020003');
  assert.ok(log.codes.includes('BUS_CLIENTS_FULL'));
});

test('keeps no session for a client that is away', async (t) => {
  if (!requirePeer(t, 'mosquitto_sub')) return;
  await using bus = await embeddedBroker({ listen: '127.0.0.1:0', users: [{ name: 'u', password: 'p' }] });
  const port = bus.port as number;
  const args = ['-c', '-i', 'returning', '-q', '1', '-t', 'x', '-u', 'u', '-P', 'p'];
  const first = await mosquittoSub(t, port, ...args);
  first.child.kill();
  await eventually(() => bus.clients === 0, 'the client is away');
  for (let n = 0; n < 3; n++)
    await mosquittoPub(port, '-u', 'u', '-P', 'p', '-q', '1', '-t', 'x', '-m', 'missed');
  const second = await mosquittoSub(t, port, ...args);
  bus.publish([{ topic: 'x', payload: 'seen' }]);
  await eventually(() => second.lines().length > 0, 'a message came');
  assert.deepEqual(second.lines(), ['x seen']);
});

test('retained messages are bounded, and said so once', async () => {
  const log = recordingLog();
  await using bus = await embeddedBroker({ retained: { messages: 2 }, log });
  const got: string[] = [];
  await bus.subscribe('#', (topic) => got.push(topic));
  bus.publish(['a', 'b', 'c', 'd'].map((topic) => ({ topic, payload: 'x', retain: true })));
  await bus.flushed();
  assert.deepEqual(got, ['a', 'b', 'c', 'd']);
  assert.deepEqual(log.codes, ['BUS_RETAINED_FULL']);
});

test('refuses what would leave the door open, and says what is in the way', async () => {
  const wrong: readonly (readonly [EmbeddedBrokerOptions & Record<string, unknown>, string])[] = [
    [{ listen: '0.0.0.0:0' }, 'BUS_CREDENTIALS_REQUIRED'],
    [{ listen: '[::]:0' }, 'BUS_CREDENTIALS_REQUIRED'],
    [{ listen: 'gate.example:0' }, 'BUS_CREDENTIALS_REQUIRED'],
    [{ listen: '127.0.0.1' }, 'ENDPOINT_INVALID'],
    [{ listen: '127.0.0.1:99999' }, 'ENDPOINT_INVALID'],
    [{ listen: '127.0.0.1:0', users: [{ name: 'u', password: '' }] }, 'OPTION_INVALID'],
    [{ users: [{ name: 'u', password: { file: '/does/not/exist' } }] }, 'BUS_SECRET_UNREADABLE'],
    [{ publishable: ['a#'] }, 'BUS_FILTER_INVALID'],
    [{ maxClient: 3 }, 'OPTION_UNKNOWN'],
  ];
  for (const [options, code] of wrong)
    await assert.rejects(embeddedBroker(options), (error) => isFairleadError(error, code), code);
  await using first = await embeddedBroker({ listen: '127.0.0.1:0' });
  await assert.rejects(embeddedBroker({ listen: first.address as string }), (error) =>
    isFairleadError(error, 'PORT_IN_USE'),
  );
  await using open = await embeddedBroker({ listen: '0.0.0.0:0', users: [{ name: 'u', password: 'p' }] });
  assert.ok((open.port as number) > 0);
  await using shut = await embeddedBroker();
  assert.equal(shut.address, undefined);
});
