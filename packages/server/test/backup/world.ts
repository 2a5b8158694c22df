/** A service with something of everything in it, and the bytes of its backup. */
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { TestContext } from 'node:test';
import { openJournal } from '@fairlead/journal';
import { type Restored, restoreBackup } from '../../src/index.ts';
import { dial, eventually, packet, type Running, start } from '../running.ts';

export const JOURNALING = {
  FAIRLEAD_BUS__KIND: 'mqtt',
  FAIRLEAD_BUS__MQTT__URL: 'mqtt://127.0.0.1:1', // nobody is there, so the journal fills
  FAIRLEAD_LISTENERS__OFFICIAL__DURABILITY: 'journal',
};

export function folder(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'fairlead-backup-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** A device that is answered with one byte for each message that is safe. */
export async function acknowledgedDevice(t: TestContext, running: Running, token: string) {
  const socket = await dial(running.service.addresses.listeners.official as string);
  t.after(() => socket.destroy());
  let acknowledged = 0;
  socket.on('data', (bytes: Buffer) => {
    acknowledged += bytes.filter((byte) => byte === 6).length;
  });
  socket.write(packet(0, 0, token));
  return {
    socket,
    get acknowledged() {
      return acknowledged;
    },
    send: (values: object) => socket.write(packet(0, 1, JSON.stringify(values))),
  };
}

export async function filled(t: TestContext, dir: string) {
  const running = await start(dir, JOURNALING);
  t.after(() => running.service.close());
  const add = async (path: string, body: object) => {
    const { status, json } = await running.call('POST', `/api/v1/${path}`, body);
    if (status >= 300) throw new Error(`${path}: ${JSON.stringify(json)}`);
    return json;
  };
  const { token } = await add('devices', { name: 'boiler', ack: '06' });
  await add('devices', { name: 'away', label: 'Ünïcode ⚓' });
  await add('connections', { name: 'plc', address: '127.0.0.1', port: 1234 });
  await add('devices/away/downlinks', { values: { n: 1 }, keep: '1h', key: 'k1' });
  await add('captures', { target: 'boiler' });
  const device = await acknowledgedDevice(t, running, token);
  for (let n = 1; n <= 20; n++) device.send({ n, text: 'x'.repeat(n * 50) });
  await eventually(() => device.acknowledged === 20);
  return { running, token, device };
}

export async function backupOf({ url, token }: Running, query = ''): Promise<Buffer> {
  const answer = await fetch(`${url}/api/v1/backup${query}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  if (!answer.ok) throw new Error(await answer.text());
  return Buffer.from(await answer.arrayBuffer());
}

export function restored(
  backup: Buffer | AsyncIterable<Uint8Array>,
  data: string,
  more: { readonly replace?: boolean; readonly dryRun?: boolean; readonly journal?: string } = {},
): Promise<Restored> {
  return restoreBackup({
    source: Buffer.isBuffer(backup) ? inChunks(backup, 1_000) : backup,
    name: 'backup.tar',
    data,
    journal: more.journal ?? join(data, 'journal'),
    replace: more.replace ?? false,
    dryRun: more.dryRun ?? false,
    now: Date.UTC(2026, 0, 2, 3, 4, 5),
  });
}

export async function* inChunks(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** Every row of every table, and the format. */
export function contentOf(file: string): Record<string, unknown> {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const tables = database
      .prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
      )
      .all()
      .map(({ name }) => String(name));
    return Object.fromEntries([
      ['format', database.prepare('PRAGMA user_version').get()],
      ['schema', database.prepare('SELECT name, sql FROM sqlite_schema ORDER BY name').all()],
      ...tables.map((name) => [name, database.prepare(`SELECT * FROM "${name}" ORDER BY 1`).all()]),
    ]);
  } finally {
    database.close();
  }
}

/** What waits in a journal that nobody has open. */
export async function waitingIn(files: string): Promise<string[]> {
  const format = { size: () => 0, mark: () => 0, write: () => {} };
  await using journal = await openJournal<never>({ files, format });
  const waiting: string[] = [];
  while (waiting.length < journal.stats().waitingRecords) {
    const batch = await journal.read();
    waiting.push(...batch.payloads.map((payload) => payload.toString('latin1')));
  }
  return waiting;
}

/** Names and hashes of all files below, for "nothing was changed". */
export function everything(dir: string): Record<string, string> {
  if (!existsSync(dir)) return {};
  return Object.fromEntries(
    readdirSync(dir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((path) => [path, createHash('sha256').update(readFileSync(path)).digest('hex')]),
  );
}
