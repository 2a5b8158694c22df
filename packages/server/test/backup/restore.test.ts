/** What a restore refuses, and that it then changes nothing. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it, type TestContext } from 'node:test';
import { silentLog } from '@fairlead/core';
import { databaseFormat, openStore } from '@fairlead/store';
import { padding, tarHead } from '../../src/backup/tar.ts';
import { Backups } from '../../src/backup/write.ts';
import { readBackup } from '../../src/index.ts';
import { start } from '../running.ts';
import { contentOf, everything, folder, inChunks, restored } from './world.ts';

const code = (code: string) => (error: unknown) => (error as { code?: string }).code === code;

/** A tar archive with right checksums, whatever its files are. */
function tarOf(files: Readonly<Record<string, string | Buffer>>): Buffer {
  const sums = Object.entries(files).map(
    ([name, text]) => `${createHash('sha256').update(text).digest('hex')}  ${name}\n`,
  );
  const all: [string, string | Buffer][] = [...Object.entries(files), ['checksums.sha256', sums.join('')]];
  return Buffer.concat(
    all.flatMap(([name, text]) => {
      const bytes = Buffer.from(text as string);
      return [tarHead({ name, size: bytes.length }, 0), bytes, Buffer.alloc(padding(bytes.length))];
    }),
  );
}

const manifest = (more: object = {}, files: Readonly<Record<string, string>> = {}) =>
  JSON.stringify({
    kind: 'fairlead-backup',
    version: 1,
    fairlead: '9.9.9',
    created: '',
    host: 'h',
    database: { format: databaseFormat },
    keys: 'left out',
    files: Object.entries(files).map(([name, text]) => ({ name, size: text.length })),
    ...more,
  });

/** A store with a device, and its backup. */
async function storeBackup(t: TestContext, name = 'boiler'): Promise<{ dir: string; backup: Buffer }> {
  const dir = folder(t);
  await using store = openStore({ dir, log: silentLog });
  store.devices.add({ name });
  const clock = { now: () => 0 } as never;
  const backups = new Backups({ data: dir, store, derivedKeys: false, version: '1.0.0', clock });
  await using opened = await backups.open({ keys: true });
  return { dir, backup: Buffer.concat(await Array.fromAsync(opened.bytes)) };
}

describe('restore', () => {
  let good: Buffer;
  before(async () => {
    const after: (() => void)[] = [];
    good = (await storeBackup({ after: (run: () => void) => after.push(run) } as unknown as TestContext))
      .backup;
    for (const run of after) run();
  });

  it('reads a backup in chunks of any size', async () => {
    for (const size of [100, 511, 512, 513, good.length])
      assert.equal((await readBackup(inChunks(good, size), 'x')).fairlead, '1.0.0');
  });

  it('refuses what is no whole backup, and changes nothing', async (t) => {
    const flip = (at: number) => {
      const bytes = Buffer.from(good);
      bytes[at] = (bytes[at] as number) ^ 1;
      return bytes;
    };
    const database = good.indexOf('SQLite format 3');
    const sums = good.lastIndexOf('  manifest.json');
    const files = { 'fairlead.db': 'text' };
    const bad: Record<string, Buffer> = {
      empty: Buffer.alloc(0),
      zeros: Buffer.alloc(4_096),
      random: randomBytes(4_096),
      'half a head': good.subarray(0, 300),
      'half a database': good.subarray(0, database + 10_000),
      'without checksums': good.subarray(0, sums - 64 - 512),
      'a byte of the manifest': flip(600),
      'a byte of the database': flip(database + 5_000),
      'a byte of the checksums': flip(sums - 10),
      'a byte of a head': flip(database - 512),
      'an absolute path': tarOf({ 'manifest.json': manifest({}, { '/etc/x': 'y' }), '/etc/x': 'y' }),
      'a path upwards': tarOf({
        'manifest.json': manifest({}, { 'journal/../../x': 'y' }),
        'journal/../../x': 'y',
      }),
      'another file': tarOf({
        'manifest.json': manifest({}, { 'fairlead.yaml': 'y' }),
        'fairlead.yaml': 'y',
      }),
      'files that the manifest does not name': tarOf({ 'manifest.json': manifest(), ...files }),
      'no database': tarOf({
        'manifest.json': manifest({}, { 'journal/cursor': 'x' }),
        'journal/cursor': 'x',
      }),
      'a database that is none': tarOf({ 'manifest.json': manifest({}, files), ...files }),
      'a file twice': tarOf({
        'manifest.json': manifest({
          files: [
            { name: 'fairlead.db', size: 4 },
            { name: 'fairlead.db', size: 4 },
          ],
        }),
        ...files,
      }),
      'a manifest that is none': tarOf({ 'manifest.json': '[' }),
      'a manifest of something else': tarOf({ 'manifest.json': '{"kind":"x","version":1}' }),
      'a size below zero': tarOf({
        'manifest.json': manifest({ files: [{ name: 'fairlead.db', size: -1 }] }),
      }),
    };
    for (const [what, bytes] of Object.entries(bad)) {
      const data = join(folder(t), 'data');
      const fine = (error: unknown) =>
        /^(BACKUP_INVALID|STORE_CORRUPT|STORE_NEWER)$/.test((error as { code: string }).code);
      await assert.rejects(restored(bytes, data), fine, what);
      assert.deepEqual(everything(data), {}, what);
    }
  });

  it('refuses a backup of a later version, by its layout and by its databases', async (t) => {
    for (const later of [
      { version: 3, files: 'other' },
      { database: { format: databaseFormat + 1 } },
      { history: { format: 99 } },
    ]) {
      const bytes = tarOf({ 'manifest.json': manifest(later) });
      await assert.rejects(restored(bytes, join(folder(t), 'data')), code('BACKUP_NEWER'));
    }
  });

  it('refuses a folder with data, unless it may move them aside', async (t) => {
    const other = await storeBackup(t, 'pump');
    const before = everything(other.dir);
    for (const dryRun of [true, false])
      await assert.rejects(restored(good, other.dir, { dryRun }), code('RESTORE_FOLDER_USED'));
    assert.deepEqual(everything(other.dir), before);
    await restored(good, other.dir, { replace: true, dryRun: true });
    assert.deepEqual(everything(other.dir), before);
    mkdirSync(join(other.dir, 'journal'));
    writeFileSync(join(other.dir, 'journal', 'cursor'), 'old');
    const { replaced } = await restored(good, other.dir, { replace: true });
    const [aside, journalAside] = replaced as [string, string];
    assert.deepEqual(namesOf(join(other.dir, 'fairlead.db')), ['boiler']);
    assert.deepEqual(namesOf(join(aside, 'fairlead.db')), ['pump']);
    assert.equal(readFileSync(join(journalAside, 'cursor'), 'utf8'), 'old');
    assert.ok(existsSync(join(aside, 'device-secrets.key')));
  });

  it('refuses a folder that a service uses', async (t) => {
    const dir = folder(t);
    await using running = await start(dir);
    const data = join(running.dir, 'fairlead-data');
    for (const dryRun of [true, false])
      await assert.rejects(restored(good, data, { replace: true, dryRun }), code('STORE_LOCKED'));
    assert.equal((await running.call('GET', '/api/v1/devices')).status, 200);
  });

  it('keeps keys that were put there before', async (t) => {
    const data = folder(t);
    writeFileSync(join(data, 'secret.key'), 'mine');
    const without = tarOf({ 'manifest.json': manifest({}, {}) });
    const { missingKeys } = await restored(without, data, { dryRun: true });
    assert.deepEqual(missingKeys, ['device-secrets.key']);
    await restored(good, data);
    assert.equal(readFileSync(join(data, 'secret.key'), 'utf8'), 'mine');
  });

  it('is completed by another one when it was interrupted, and no service starts before that', async (t) => {
    const { dir } = await storeBackup(t, 'pump');
    mkdirSync(join(dir, 'replaced-2026-01-02T03-04-05-000Z')); // the exchange meets it and fails
    await assert.rejects(restored(good, dir, { replace: true }), code('RESTORE_FAILED'));
    assert.ok(!readdirSync(dir).includes('restore.part'));
    await assert.rejects(start(join(dir, '..'), { FAIRLEAD_DATA: dir }), code('RESTORE_UNFINISHED'));
    await assert.rejects(restored(good, dir), code('RESTORE_UNFINISHED'));
    readdirSync(dir);
    await restoredLater(good, dir);
    assert.deepEqual(namesOf(join(dir, 'fairlead.db')), ['boiler']);
    assert.ok(!existsSync(join(dir, 'restore.unfinished')));
  });
});

const namesOf = (file: string) => (contentOf(file).devices as { name: string }[]).map(({ name }) => name);

async function restoredLater(backup: Buffer, data: string): Promise<void> {
  const { restoreBackup } = await import('../../src/index.ts');
  const [source, journal] = [inChunks(backup, 4_096), join(data, 'journal')];
  await restoreBackup({ source, name: 'x', data, journal, replace: true, dryRun: false, now: 1 });
}
