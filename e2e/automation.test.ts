/** Automation across the death of the service. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventually, freePort } from '@fairlead/testkit';
import { RunningService } from './running.ts';

test('killed in the middle of runs: their records say so, triggers listen again, and nothing can be read on the disk', async (t) => {
  const sockets: Socket[] = [];
  const silent = createServer((socket) => void sockets.push(socket.on('error', () => {}).resume()));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    silent.close();
  });
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as { port: number };
  const door = await freePort();

  await using service = await RunningService.start();
  const file = (name: string, content: object) => {
    const path = join(service.folder, name);
    writeFileSync(path, JSON.stringify(content));
    return path;
  };
  const done = async (...args: string[]) => {
    const { code, stderr, json } = await service.cli(...args);
    assert.equal(code, 0, `${args.join(' ')}\n${stderr}`);
    return json;
  };
  const waiting = { connection: { port }, rules: [{ send: 'top secret words' }, { receive: 0 }] };
  await done('task', 'add', 'hidden-task', file('task.json', waiting));
  await done('job', 'add', 'hidden-job', file('job.json', { steps: [{ task: 'hidden-task' }] }));
  await done(
    'trigger',
    'add',
    'door',
    file('door.json', { connection: { port: door }, rules: [{ receive: 0 }] }),
  );
  const running = service.cli('job', 'run', 'hidden-job');
  await eventually(() => sockets.length === 1, 'the task has connected');
  await service.stop('SIGKILL');
  await running;
  await service.restart();

  const runs = (await done('run', 'ls')) as { kind: string; name: string; result: string; code: string }[];
  assert.deepEqual(
    runs.map(({ kind, name, result, code }) => [kind, name, result, code]),
    [
      ['task', 'hidden-task', 'interrupted', 'RUN_INTERRUPTED'],
      ['job', 'hidden-job', 'interrupted', 'RUN_INTERRUPTED'],
    ],
  );
  assert.deepEqual(
    (await done('trigger', 'ls')).map(({ state, address }: { state: string; address: string }) => [
      state,
      address,
    ]),
    [['listening', `127.0.0.1:${door}`]],
  );

  await service.stop();
  assert.equal(statSync(join(service.folder, 'secret.key')).mode & 0o777, 0o600);
  const database = readFileSync(join(service.folder, 'fairlead.db'));
  for (const word of ['top secret words', 'hidden-task', 'hidden-job'])
    assert.ok(!database.includes(word), word);
  assert.ok(!service.log.includes('top secret words'));
});
