import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { openStore } from '@fairlead/store';
import { fault } from '@fairlead/testkit';
import { code, folder, freshStore } from './helpers.ts';

const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);

test('the folder and the files are for their owner only', (t) => {
  const dir = join(folder(t), 'made', 'on the way');
  const { store } = freshStore(t, { dir });
  store.devices.add({ name: 'a' });
  assert.equal(mode(dir), '700');
  assert.equal(mode(join(dir, 'fairlead.db')), '600');
  assert.equal(mode(join(dir, 'fairlead.db-wal')), '600');
});

test('a folder that is there keeps its mode', (t) => {
  const dir = join(folder(t), 'own');
  mkdirSync(dir, { mode: 0o750 });
  freshStore(t, { dir });
  assert.equal(mode(dir), '750');
});

test('a data folder and a database that others may reach are warned of, by path and mode', async (t) => {
  const dir = join(folder(t), 'open');
  const lines: Record<string, string>[] = [];
  const write = (fields: object) => void lines.push(fields as Record<string, string>);
  const log = { debug: write, info: write, warn: write, error: write };
  await openStore({ dir, log }).close();
  assert.deepEqual(lines, []);
  chmodSync(dir, 0o755); // others may look, and find nothing that they may read
  await openStore({ dir, log }).close();
  assert.deepEqual(lines, []);
  chmodSync(dir, 0o777);
  chmodSync(join(dir, 'fairlead.db'), 0o666);
  writeFileSync(join(dir, 'fairlead.db.bak-3'), '', { mode: 0o644 });
  chmodSync(join(dir, 'fairlead.db.bak-3'), 0o644);
  await openStore({ dir, log }).close();
  const told = lines.map(({ path, mode, code }) => `${code} ${String(path).slice(dir.length)} ${mode}`);
  for (const line of [' 0777', '/fairlead.db 0666', '/fairlead.db.bak-3 0644'])
    assert.ok(told.includes(`DATA_EXPOSED ${line}`), told.join('\n'));
});

test('one store at a time', async (t) => {
  const { store, dir } = freshStore(t);
  assert.throws(() => openStore({ dir }), code('STORE_LOCKED'));
  store.devices.add({ name: 'a' });
  await store.close();
  const next = openStore({ dir });
  assert.equal(next.devices.count(), 1);
  await next.close();
});

test('a file where the folder should be', (t) => {
  const dir = join(folder(t), 'data');
  writeFileSync(dir, 'I am a file');
  assert.throws(() => openStore({ dir }), code('STORE_UNREADABLE'));
  assert.throws(() => openStore({ dir: join(dir, 'below') }), code('STORE_UNREADABLE'));
  assert.equal(readFileSync(dir, 'utf8'), 'I am a file');
});

test('a folder where the database should be', (t) => {
  const dir = folder(t);
  mkdirSync(join(dir, 'fairlead.db'));
  assert.throws(() => openStore({ dir }), code('STORE_UNREADABLE'));
});

fault(
  {
    name: 'The data folder is read-only',
    where: 'disk',
    happens: 'The service does not start; the message has the reason, and nothing is changed.',
    code: 'STORE_UNREADABLE',
  },
  async (t) => {
    // Refused to everybody, root included.
    if (existsSync('/proc/self'))
      assert.throws(() => openStore({ dir: '/proc/fairlead' }), code('STORE_UNREADABLE'));
    const dir = folder(t);
    const mount = (...args: string[]) => spawnSync('mount', [...args, dir]).status === 0;
    if (!mount('-t', 'tmpfs', '-o', 'size=8m', 'tmpfs')) return t.skip('nothing can be mounted here');
    try {
      const store = openStore({ dir });
      store.devices.add({ name: 'a' });
      await store.close();
      assert.ok(mount('-o', 'remount,ro'));
      assert.throws(() => openStore({ dir }), code('STORE_UNREADABLE'));
      assert.ok(mount('-o', 'remount,rw'));
      const again = openStore({ dir });
      assert.equal(again.devices.count(), 1);
      await again.close();
    } finally {
      spawnSync('umount', ['-l', dir]);
    }
  },
);

test('a file that is no database is left as it is', (t) => {
  const dir = folder(t);
  const file = join(dir, 'fairlead.db');
  writeFileSync(file, 'no database at all, but long enough to look at. '.repeat(40));
  const before = readFileSync(file);
  assert.throws(() => openStore({ dir }), code('STORE_CORRUPT'));
  assert.deepEqual(readFileSync(file), before);
});

test('the database of another program is left as it is', (t) => {
  const dir = folder(t);
  const other = new DatabaseSync(join(dir, 'fairlead.db'));
  other.exec('CREATE TABLE recipes (name TEXT)');
  other.close();
  const before = readFileSync(join(dir, 'fairlead.db'));
  assert.throws(() => openStore({ dir }), code('STORE_CORRUPT'));
  assert.deepEqual(readFileSync(join(dir, 'fairlead.db')), before);
});

fault(
  {
    name: 'Pages of the database are overwritten',
    where: 'disk',
    happens: 'The damage is found at start: the service does not start, and the message names the file.',
    code: 'STORE_CORRUPT',
  },
  async (t) => {
    const { store, dir } = freshStore(t);
    for (let i = 0; i < 300; i++) store.devices.add({ name: `device-${i}`, label: 'x'.repeat(100) });
    await store.close();
    const file = join(dir, 'fairlead.db');
    const bytes = readFileSync(file);
    for (let page = 4_096 * 12; page + 4_096 <= bytes.length; page += 4_096)
      bytes.fill(0x5a, page, page + 600);
    writeFileSync(file, bytes);
    assert.throws(() => openStore({ dir }), code('STORE_CORRUPT'));
  },
);
