import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from '@fairlead/core';
import { eventually, FakeClock, requirePeer } from '@fairlead/testkit';
import { ServiceManager } from '../src/service-manager.ts';
import { temporaryFolder } from './support/process.ts';

test('ready, then the watchdog in half its time, then the end; nothing where nobody asked', async () => {
  const clock = new FakeClock();
  const sent: string[] = [];
  const warned: string[] = [];
  const options = {
    clock,
    warn: (reason: string) => void warned.push(reason),
    send: async (assignments: readonly string[]) => void sent.push(assignments.join(' ')),
  };
  const manager = new ServiceManager({
    ...options,
    env: { NOTIFY_SOCKET: '/x', WATCHDOG_USEC: '60000000' },
  });
  await manager.ready('3 ports');
  await clock.advance(29_999);
  assert.deepEqual(sent, ['READY=1 STATUS=3 ports']);
  await clock.advance(30_001);
  assert.deepEqual(sent.slice(1), ['WATCHDOG=1', 'WATCHDOG=1']);
  await manager.stopping();
  await clock.advance(120_000);
  assert.deepEqual(sent.slice(3), ['STOPPING=1 STATUS=Stopping']);

  const alone = new ServiceManager({ ...options, env: { WATCHDOG_USEC: '60000000' } });
  await alone.ready('x');
  await clock.advance(60_000);
  assert.equal(sent.length, 4);

  const send = async () => {
    throw new Error('no such program');
  };
  const broken = new ServiceManager({ ...options, env: { NOTIFY_SOCKET: '/x' }, send });
  await broken.ready('x');
  await broken.stopping();
  assert.deepEqual(warned, ['no such program']);
});

const RECEIVER = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print('bound', flush=True)
while True: print(s.recv(4096).decode().replace(chr(10), ' '), flush=True)
`;

test('systemd-notify sends it to the socket of systemd', async (t) => {
  if (!['python3', 'systemd-analyze'].every((program) => requirePeer(t, program))) return;
  await using folder = await temporaryFolder();
  const socket = join(folder.path, 'notify');
  const receiver = spawn('python3', ['-c', RECEIVER, socket], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => receiver.kill('SIGKILL'));
  let heard = '';
  receiver.stdout.on('data', (chunk) => {
    heard += chunk;
  });
  await once(receiver.stdout, 'data');
  const warned: string[] = [];
  const env = { ...process.env, NOTIFY_SOCKET: socket };
  const manager = new ServiceManager({ env, clock: systemClock, warn: (reason) => void warned.push(reason) });
  await manager.ready('ready');
  await manager.stopping();
  await eventually(() => heard.includes('STOPPING=1'), 'the last message');
  assert.match(heard, /READY=1 STATUS=ready/);
  assert.deepEqual(warned, []);
});
