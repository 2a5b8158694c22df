/** A script is changed, and a capture of a tracker tells what that changes. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventually, freePort } from '@fairlead/testkit';
import { type Json, RunningService } from './running.ts';

const objects = (text: string): Json[] =>
  text
    .trim()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

test('a capture of a simulated GT06 through the same script, and through a changed one', async (t) => {
  const port = await freePort();
  await using service = await RunningService.start(
    {},
    undefined,
    `listeners:\n  field: {listen: "127.0.0.1:${port}", profiles: [gt06]}\n`,
  );
  const trackers = ['gt06', '--host', '127.0.0.1', '--port', String(port), '--rate', '10'];
  const first = service.sim(...trackers);
  t.after(() => first.kill('SIGKILL'));
  let device = '';
  await eventually(async () => {
    const [found] = (await service.cli('device', 'ls')).json;
    device = found?.name ?? '';
    return found?.status === 'online';
  }, 'the tracker is online');
  // The device stays registered, and logs in again while it is captured.
  first.kill('SIGKILL');
  const started = await service.cli('capture', 'start', device);
  assert.equal(started.code, 0, started.stderr);
  const { id } = started.json;
  const sim = service.sim(...trackers, '--no-register');
  t.after(() => sim.kill('SIGKILL'));
  await eventually(
    async () => (await service.cli('capture', 'ls')).json[0].bytes > 8_000,
    'a few readings',
    30_000,
  );
  assert.equal((await service.cli('capture', 'stop', id)).code, 0);

  const same = await service.run('replay', id, '--profile', 'gt06', '--diff');
  const { summary } = objects(same.stdout).at(-1);
  assert.deepEqual([same.code, summary.differences], [0, 0], same.stdout);
  assert.ok(summary.messages > 2);

  const folder = join(service.folder, 'my-gt06');
  await service.cli('profile', 'export', 'gt06', folder);
  const file = join(folder, 'script.ts');
  const script = await readFile(file, 'utf8');
  const changed = script.replace('{ messageType: message.type, ...values }', '{ messageType: 0, ...values }');
  assert.notEqual(changed, script);
  await writeFile(file, changed);
  const other = await service.run('replay', id, '--profile', folder, '--diff');
  const differences = objects(other.stdout);
  assert.equal(other.code, 1);
  assert.match(other.stderr, /REPLAY_DIFFERS/);
  assert.equal(differences.at(-1).summary.differences, summary.messages);
  for (const { changes } of differences.slice(0, -1)) {
    assert.equal(changes.length, 1);
    assert.partialDeepStrictEqual(changes[0], { field: 'messageType', new: 0 });
  }
});
