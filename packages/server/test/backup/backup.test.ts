import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { eventually, start } from '../running.ts';
import {
  acknowledgedDevice,
  backupOf,
  contentOf,
  everything,
  filled,
  folder,
  restored,
  waitingIn,
} from './world.ts';

type World = Awaited<ReturnType<typeof filled>>;

const KEYS = ['secret.key', 'device-secrets.key', 'admin-token', 'thingspanel-devices.json'];

// One after another on one service: while its bus is away, a service takes seconds to stop.
test('backups of a running service', async (t) => {
  const from = folder(t);
  const world = await filled(t, from);
  await t.test('it needs the token, and there is one at a time, also when a client leaves', () =>
    oneAtATime(world),
  );
  await t.test('without its keys it says which ones the folder needs', (t) => withoutKeys(t, world));
  await t.test('what was acknowledged before is in it, while devices go on sending', (t) =>
    sending(t, world),
  );
  await t.test('it has every row, every waiting message and, if asked, the keys', (t) =>
    complete(t, world, from),
  );
});

async function complete(t: TestContext, { running, token, device }: World, from: string) {
  const to = folder(t);
  device.socket.destroy();
  await eventually(
    async () => (await running.call('GET', '/api/v1/devices/boiler')).json.status === 'offline',
  );
  writeFileSync(join(from, 'fairlead-data', 'thingspanel-devices.json'), '{"version":1,"devices":[]}');
  const backup = await backupOf(running, '?keys=true');
  running.service.store.backup(join(from, 'reference.db')); // another way to copy it
  assert.ok(!existsSync(join(from, 'fairlead-data', 'backup.part')));
  const data = join(to, 'fairlead-data');
  const { manifest, missingKeys, replaced } = await restored(backup, data);
  assert.equal(manifest.keys, 'included');
  assert.deepEqual([missingKeys, replaced], [[], []]);

  const content = contentOf(join(data, 'fairlead.db'));
  assert.deepEqual(content, contentOf(join(from, 'reference.db')));
  for (const table of ['devices', 'messages', 'latest_values', 'downlinks'])
    assert.ok((content[table] as unknown[]).length > 0, `${table} is empty`);
  const history = contentOf(join(data, 'history.db'));
  assert.ok((history.raw as unknown[]).length >= 1);
  const [capture = ''] = readdirSync(join(data, 'captures'));
  const lines = readFileSync(join(data, 'captures', capture), 'utf8');
  assert.ok(readFileSync(join(from, 'fairlead-data', 'captures', capture), 'utf8').startsWith(lines));
  assert.ok(lines.endsWith('}\n') && lines.split('\n').length > 20);
  for (const name of KEYS) {
    assert.equal(
      readFileSync(join(data, name), 'utf8'),
      readFileSync(join(from, 'fairlead-data', name), 'utf8'),
    );
    assert.equal(statSync(join(data, name)).mode & 0o777, 0o600);
  }
  await running.service.close();
  const waiting = await waitingIn(join(data, 'journal'));
  assert.ok(waiting.length >= 20);
  assert.deepEqual(
    waiting,
    (await waitingIn(join(from, 'fairlead-data', 'journal'))).slice(0, waiting.length),
  );

  const again = await start(to, { FAIRLEAD_LISTENERS__OFFICIAL__DURABILITY: 'journal' });
  t.after(() => again.service.close());
  const returned = await acknowledgedDevice(t, again, token);
  returned.send({ again: true });
  await eventually(() => returned.acknowledged === 1);
  assert.equal((await again.call('GET', '/api/v1/connections/plc')).json.port, 1234);
  const [resumed] = (await again.call('GET', '/api/v1/captures')).json;
  assert.deepEqual([`${resumed.id}.jsonl`, resumed.running], [capture, true]);
  const values = (await again.call('GET', '/api/v1/devices/boiler/history')).json.items;
  assert.ok(values.length >= 2, JSON.stringify(values));
}

async function sending(t: TestContext, { running, device }: World) {
  const data = folder(t);
  let n = 20;
  const timer = setInterval(() => device.send({ n: ++n, text: 'y'.repeat(1_000) }), 5);
  t.after(() => clearInterval(timer));
  for (let round = 0; round < 2; round++) {
    const before = device.acknowledged;
    const backup = await backupOf(running);
    await restored(backup, join(data, String(round)));
    const waiting = await waitingIn(join(data, String(round), 'journal'));
    const numbers = waiting.map((text) => Number(/"n":(\d+)/.exec(text)?.[1])).filter((each) => each > 0);
    assert.deepEqual(
      numbers,
      numbers.map((_, at) => at + 1),
    );
    assert.ok(numbers.length >= before, `${before} acknowledged, ${numbers.length} in the backup`);
  }
}

async function withoutKeys(t: TestContext, { running }: World) {
  const to = folder(t);
  const backup = await backupOf(running);
  for (const name of KEYS) assert.ok(!backup.includes(name), name);
  const { manifest, missingKeys } = await restored(backup, join(to, 'data'));
  assert.equal(manifest.keys, 'left out');
  assert.deepEqual(missingKeys, ['secret.key', 'device-secrets.key']);
  const names = async (query: string) => {
    const { files } = (await restored(await backupOf(running, query), join(to, query))).manifest;
    return files.map(({ name }) => name.replace(/\/.*/, '/'));
  };
  assert.deepEqual((await names('')).slice(0, 3), ['fairlead.db', 'history.db', 'captures/']);
  assert.deepEqual(new Set(await names('?without=history,captures')), new Set(['fairlead.db', 'journal/']));
  assert.equal((await running.call('GET', '/api/v1/backup?without=all')).status, 400);
}

async function oneAtATime({ running }: World) {
  const { url, token } = running;
  assert.equal((await fetch(`${url}/api/v1/backup`)).status, 401);
  const leaving = new AbortController();
  const headers = { authorization: `Bearer ${token}` };
  const first = await fetch(`${url}/api/v1/backup`, { headers, signal: leaving.signal });
  const statuses = [first.status, (await running.call('GET', '/api/v1/backup?keys=yes')).status];
  assert.deepEqual(statuses, [200, 400]);
  leaving.abort();
  await eventually(async () => (await running.call('GET', '/api/v1/backup')).status === 200);
  const both = await Promise.all([
    running.call('GET', '/api/v1/backup'),
    running.call('GET', '/api/v1/backup'),
  ]);
  assert.deepEqual(both.map(({ status }) => status).sort(), [200, 409]);
  assert.deepEqual(
    Object.keys(everything(join(running.dir, 'fairlead-data'))).filter((path) => path.includes('part')),
    [],
  );
}
