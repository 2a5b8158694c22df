/** `fairlead backup`, `restore` and `doctor` as an operator uses them. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { RunningService } from './running.ts';

test('backup, restore and doctor, with a service and without', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'fairlead-backup-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const [file, data] = [join(folder, 'b.tar'), join(folder, 'data')];
  await using service = await RunningService.start();
  await service.add('boiler');

  const made = await service.cli('backup', file);
  assert.equal(made.code, 0, made.stderr);
  assert.deepEqual([made.json.keys, made.json.bytes], ['left out', statSync(file).size]);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const again = await service.cli('backup', file);
  assert.match(again.stderr, /FILE_UNWRITABLE.*--force/);
  assert.equal((await service.cli('backup', file, '--force', '--keys')).json.keys, 'included');

  assert.equal((await service.cli('doctor', '--data', service.folder)).code, 0);
  const used = await service.cli('restore', file, '--data', service.folder, '--replace');
  assert.deepEqual([used.code, /STORE_LOCKED/.test(used.stderr)], [7, true]);
  const dry = await service.cli('restore', file, '--data', data, '--dry-run');
  assert.deepEqual([dry.code, dry.json.missingKeys], [0, []]);
  assert.equal((await service.cli('restore', file, '--data', data)).code, 0);
  assert.deepEqual(
    readFileSync(join(data, 'admin-token')),
    readFileSync(join(service.folder, 'admin-token')),
  );

  const damaged = readFileSync(file);
  damaged[5_000] = (damaged[5_000] as number) ^ 1;
  writeFileSync(join(folder, 'damaged.tar'), damaged);
  assert.match(
    (await service.cli('restore', join(folder, 'damaged.tar'), '--data', data, '--replace')).stderr,
    /BACKUP_INVALID/,
  );

  await service.stop();
  const doctor = await service.cli('doctor', '--data', data);
  const database = doctor.json.find(({ check }: { check: string }) => check === 'database');
  assert.match(database.detail, /1 devices$/);
});
