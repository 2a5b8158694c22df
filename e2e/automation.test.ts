/** Automation across a crash of the service. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
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

  // Received texts are in the history, for requests with secrets, and no file contains them in plain text, even while it is written.
  const chatty = createServer((socket) => socket.on('error', () => {}).end('top secret answer'));
  t.after(() => void chatty.close());
  chatty.listen(0, '127.0.0.1');
  await once(chatty, 'listening');
  const asking = {
    connection: { port: (chatty.address() as { port: number }).port },
    rules: [{ receive: 5, key: 'SECRETKEY', name: 'secret rule' }],
  };
  await done('task', 'add', 'asking', file('asking.json', asking));
  for (const name of ['task.json', 'job.json', 'door.json', 'asking.json'])
    rmSync(join(service.folder, name));
  const heard = await done('task', 'run', 'asking', '--secrets');
  assert.deepEqual(heard.detail.messages, [{ key: 'SECRETKEY', text: 'top secret answer' }]);
  const words = ['top secret', 'SECRETKEY', 'secret rule', 'hidden-task', 'hidden-job'];
  for (const shown of [await done('run', 'show', String(heard.id)), await done('task', 'export')])
    for (const word of words.slice(0, 3)) assert.ok(!JSON.stringify(shown).includes(word), word);
  const readable = () =>
    readdirSync(service.folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .flatMap(({ parentPath, name }) => {
        const bytes = readFileSync(join(parentPath, name));
        const forms = (word: string) => [
          word,
          Buffer.from(word).toString('hex'),
          Buffer.from(word, 'utf16le'),
        ];
        return words
          .filter((word) => forms(word).some((form) => bytes.includes(form)))
          .map((word) => `${name}: ${word}`);
      });
  assert.deepEqual(readable(), []);

  await service.stop();
  assert.deepEqual(readable(), []);
  assert.equal(statSync(join(service.folder, 'secret.key')).mode & 0o777, 0o600);
  assert.ok(!service.log.includes('top secret words'));
});
