import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { systemClock } from '@fairlead/core';
import { openStore } from '@fairlead/store';
import { Database } from '../../src/database/database.ts';
import { devices } from '../../src/migrations/0001-devices.ts';
import { protocols } from '../../src/migrations/0012-protocols.ts';
import { namedProfiles } from '../../src/migrations/0013-profiles.ts';
import { migrations } from '../../src/migrations/index.ts';
import { APPLICATION_ID, migrate } from '../../src/migrations/migrate.ts';
import { code, folder, freshStore, reader, recordingLog } from '../helpers.ts';

/** A database as the first format had it, with a device in it. */
function olderDatabase(dir: string, token: string): string {
  const file = join(dir, 'fairlead.db');
  const db = new DatabaseSync(file);
  db.exec(devices);
  db.exec(`PRAGMA application_id=${APPLICATION_ID}; PRAGMA user_version=1; PRAGMA journal_mode=WAL`);
  db.exec(`INSERT INTO profiles (id, name, content_hash, framing, created_at, changed_at)
    VALUES ('01JD000000000000000000PROF', NULL, x'00', 'line', 1, 1)`);
  db.prepare(`INSERT INTO devices (id, name, type, protocol, token_hash, profile_id, inbound_buffer, outbound_buffer,
    created_at, changed_at) VALUES ('01JD0000000000000000000DEV', 'old', 'standard', 'custom', ?,
    '01JD000000000000000000PROF', 512, 1024, 1, 1)`).run(hash('sha256', token, 'buffer'));
  db.close();
  chmodSync(file, 0o600);
  return file;
}

test('an older database is brought up to date, with a copy of it made first', async (t) => {
  const dir = folder(t);
  const file = olderDatabase(dir, 'old-token');
  const log = recordingLog();
  const store = openStore({ dir, log });
  assert.equal(store.devices.byToken('old-token')?.name, 'old');
  assert.equal(store.devices.get('old')?.profile.framing, 'line');
  store.settings.set('new', 1);
  await store.close();
  assert.deepEqual(readdirSync(dir).sort(), ['device-secrets.key', 'fairlead.db', 'fairlead.db.bak-1']);
  assert.equal(statSync(`${file}.bak-1`).mode & 0o777, 0o600);
  const copy = new DatabaseSync(`${file}.bak-1`, { readOnly: true });
  assert.equal(copy.prepare('PRAGMA user_version').get()?.user_version, 1);
  assert.equal(copy.prepare('SELECT name FROM devices').get()?.name, 'old');
  assert.equal(copy.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE name = 'settings'").get()?.n, 0);
  copy.close();
  assert.equal(log.lines.length, 1);
  await openStore({ dir, log }).close();
  assert.equal(log.lines.length, 1, 'the second start has nothing to do');
});

/** Takes a database of the first format to the one before `step`. */
function upTo(step: string, db: DatabaseSync): void {
  for (const [i, earlier] of migrations.slice(1, migrations.indexOf(step)).entries())
    db.exec(`${earlier}; PRAGMA user_version=${i + 2}`);
}

test('a table of protocols takes the place of the check in the table of devices; what refers to a device stays', async (t) => {
  const dir = folder(t);
  const file = olderDatabase(dir, 'token');
  const db = new DatabaseSync(file);
  upTo(protocols, db);
  db.exec(
    "INSERT INTO presence (device_id, status, since) VALUES ('01JD0000000000000000000DEV', 'offline', 5)",
  );
  db.close();
  const store = openStore({ dir, protocols: ['third', 'custom'] });
  assert.equal(store.devices.get('old')?.protocol, 'custom');
  assert.equal(store.presence.get('old')?.since, 5);
  assert.equal(store.devices.add({ name: 'a' }).device.protocol, 'third');
  assert.equal(store.devices.get('a')?.protocol, 'third');
  assert.throws(() => store.devices.add({ name: 'b', protocol: 'official' }), { code: 'DEVICE_INVALID' });
  await store.close();
});

test('the table of devices is rebuilt: what refers to a device stays, no number is used again', async (t) => {
  const dir = folder(t);
  const db = new DatabaseSync(olderDatabase(dir, 'token'));
  upTo(namedProfiles, db);
  db.exec(`
    INSERT INTO profiles (id, name, content_hash, framing, created_at, changed_at) VALUES
      ('01JD000000000000000000NAM1', 'one', x'01', 'fixed:1', 1, 1), ('01JD000000000000000000NAM2', 'two', x'01', 'fixed:1', 1, 1),
      ('01JD000000000000000000NAM3', 'unused', x'01', 'fixed:3', 1, 1);
    INSERT INTO devices (id, name, type, protocol, token_hash, profile_id, inbound_buffer, outbound_buffer, created_at, changed_at)
      SELECT '01JD00000000000000000000D' || n, 'd' || n, type, protocol, randomblob(32),
        CASE n WHEN 1 THEN '01JD000000000000000000NAM1' ELSE '01JD000000000000000000NAM2' END, 512, 1024, 1, 1
        FROM devices, (SELECT 1 AS n UNION SELECT 2 UNION SELECT 3);
    INSERT INTO presence (device_id, status, since) SELECT id, 'offline', 5 FROM devices;
    INSERT INTO messages (device, kind, time, size, payload) SELECT seq, 'raw', 1, 1, x'00' FROM devices;
    DELETE FROM devices WHERE name = 'd3'`);
  const highest = db.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'devices'").get()?.seq as number;
  db.close();
  const store = openStore({ dir, profiles: reader });
  assert.equal(store.devices.byToken('token')?.name, 'old');
  // Each device keeps what its profile said.
  assert.deepEqual(
    ['d1', 'd2', 'old'].map((name) => store.devices.get(name)?.profile.framing),
    ['fixed:1', 'fixed:1', 'line'],
  );
  assert.deepEqual(
    store.profiles.list().map(({ name }) => name),
    ['tracker'],
  );
  assert.equal(store.presence.get('d2')?.since, 5);
  assert.equal(store.messages.list({ device: 'd1' }).length, 1);
  store.devices.add({ name: 'new' });
  await store.close();
  const after = new DatabaseSync(join(dir, 'fairlead.db'), { readOnly: true });
  const row = (sql: string) => Object.values(after.prepare(sql).get() as object)[0];
  assert.equal(row("SELECT seq FROM devices WHERE name = 'new'"), highest + 1);
  assert.equal(row("SELECT count(*) FROM profiles WHERE framing = 'fixed:3'"), 0);
  assert.equal(after.prepare('PRAGMA foreign_key_check').get(), undefined);
  assert.equal(row('SELECT count(*) FROM messages'), 3);
  after.close();
});

test('a new database needs no copy', (t) => {
  const { dir } = freshStore(t);
  assert.equal(
    readdirSync(dir).some((name) => name.includes('.bak')),
    false,
  );
});

test('a newer database is refused and left as it is', async (t) => {
  const { store, dir } = freshStore(t);
  store.devices.add({ name: 'a' });
  await store.close();
  const file = join(dir, 'fairlead.db');
  const db = new DatabaseSync(file);
  db.exec('PRAGMA user_version=99');
  db.close();
  const before = readFileSync(file);
  assert.throws(
    () => openStore({ dir }),
    (error: { code?: string; details?: object }) => {
      assert.equal(error.code, 'STORE_NEWER');
      assert.deepEqual(error.details, { file, found: 99, known: migrations.length });
      return true;
    },
  );
  assert.deepEqual(readFileSync(file), before);
});

test('a step that fails leaves the format before it, and the next start goes on from there', (t) => {
  const file = join(folder(t), 'test.db');
  const database = new Database(file, { clock: systemClock, busyTimeout: 0 });
  t.after(() => database.close());
  const good = 'CREATE TABLE one (x INTEGER)';
  assert.throws(
    () => migrate(database, [good, 'CREATE TABLE two (x INTEGER); NONSENSE']),
    code('STORE_MIGRATION_FAILED'),
  );
  assert.equal(database.scalar('PRAGMA user_version'), 1);
  assert.equal(database.scalar("SELECT count(*) FROM sqlite_schema WHERE name = 'two'"), 0);
  migrate(database, [good, 'CREATE TABLE two (x INTEGER)']);
  assert.equal(database.scalar('PRAGMA user_version'), 2);
  assert.equal(existsSync(`${file}.bak-1`), true);
});

test('without room for the copy nothing is changed', (t) => {
  const dir = folder(t);
  const file = olderDatabase(dir, 'x');
  // A folder stands where the copy should be.
  mkdirSync(`${file}.bak-1`);
  assert.throws(() => openStore({ dir }), code('STORE_MIGRATION_FAILED'));
  const db = new DatabaseSync(file);
  assert.equal(db.prepare('PRAGMA user_version').get()?.user_version, 1);
  db.close();
  assert.deepEqual(
    readdirSync(dir).filter((name) => name.endsWith('.part')),
    [],
  );
});

test('a copy made while the store is in use is a store', async (t) => {
  const { store } = freshStore(t);
  store.devices.add({ name: 'a' });
  const dir = folder(t);
  store.backup(join(dir, 'fairlead.db'));
  store.devices.add({ name: 'b' });
  const copy = openStore({ dir });
  assert.deepEqual(
    copy.devices.list().map(({ name }) => name),
    ['a'],
  );
  await copy.close();
  assert.throws(() => store.backup('/proc/no/such/place'), code('STORE_FAILED'));
});
