import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from '@fairlead/core';
import { openStore } from '@fairlead/store';
import { checkConfig, examine, type SeenService } from '../../src/index.ts';
import { folder } from '../backup/world.ts';
import { FREE, start } from '../running.ts';

/** CONNACK of MQTT 3.1.1 with the return code 5. */
const NOT_AUTHORIZED = Buffer.of(0x20, 2, 0, 5);

async function findings(cwd: string, env: Record<string, string> = {}, running?: SeenService) {
  const checked = checkConfig({ cwd, env: { ...FREE, ...env } });
  const all = await examine({ checked, version: '1.0.0', running, clock: systemClock });
  for (const { state, detail, advice } of all) {
    assert.ok(detail !== '');
    assert.equal(advice === undefined, state === 'ok');
  }
  return Object.fromEntries(all.map((finding) => [finding.check, finding]));
}

test('a machine that is ready has no failure, and nothing is made there', async (t) => {
  const dir = folder(t);
  const found = await findings(dir);
  assert.deepEqual(
    Object.values(found).filter(({ state }) => state === 'fail'),
    [],
  );
  for (const check of ['version', 'open files', 'disk', 'clock', 'database', 'journal', 'port http', 'bus'])
    assert.ok(check in found, check);
  assert.deepEqual(readdirSync(dir), []);
});

test('each thing that is wrong is named', async (t) => {
  const dir = folder(t);
  const data = join(dir, 'fairlead-data');
  await openStore({ dir: data }).close();
  assert.match((await findings(dir)).database?.detail ?? '', /^whole, format \d+, 0 devices$/);
  chmodSync(data, 0o777);
  const future = new Date(Date.now() + 86_400_000);
  utimesSync(join(data, 'fairlead.db'), future, future);
  writeFileSync(join(dir, 'cert.pem'), 'no certificate');
  const wrong = await findings(dir, {
    FAIRLEAD_BUS__KIND: 'mqtt',
    FAIRLEAD_BUS__MQTT__URL: 'mqtt://127.0.0.1:1',
  });
  const states = (names: string[]) => names.map((name) => wrong[name]?.state);
  assert.deepEqual(states(['data folder', 'clock', 'bus']), ['warn', 'fail', 'fail']);
  assert.match(wrong.bus?.detail ?? '', /^CONNECT_REFUSED/);
  chmodSync(data, 0o700);

  writeFileSync(join(data, 'restore.unfinished'), '');
  assert.match((await findings(dir)).database?.detail ?? '', /^RESTORE_UNFINISHED/);
  writeFileSync(join(dir, 'broken.db'), '');
  const broken = join(dir, 'broken');
  mkdirSync(broken);
  writeFileSync(join(broken, 'fairlead.db'), 'x'.repeat(10_000));
  assert.match((await findings(dir, { FAIRLEAD_DATA: broken })).database?.detail ?? '', /^STORE_CORRUPT/);
  const invalid = await findings(dir, { FAIRLEAD_HTTP__LISTEN: 'x' });
  assert.match(invalid.configuration?.detail ?? '', /^CONFIG_VALUE_INVALID/);
});

test('a broker that refuses the service; a damaged history; what lies beside the data', async (t) => {
  const dir = folder(t);
  const data = join(dir, 'fairlead-data');
  await openStore({ dir: data, history: {} }).close();
  assert.match((await findings(dir)).history?.detail ?? '', /^whole, 0 MiB, 0 devices$/);
  writeFileSync(join(data, 'history.db'), 'x'.repeat(10_000));
  mkdirSync(join(data, 'captures'), { mode: 0o777 });
  chmodSync(join(data, 'captures'), 0o777);
  const broker = createServer((socket) => socket.on('data', () => socket.end(NOT_AUTHORIZED)));
  await new Promise<void>((resolve) => broker.listen(0, '127.0.0.1', resolve));
  t.after(() => broker.close());
  const found = await findings(dir, {
    FAIRLEAD_BUS__KIND: 'mqtt',
    FAIRLEAD_BUS__MQTT__URL: `mqtt://127.0.0.1:${(broker.address() as AddressInfo).port}`,
    FAIRLEAD_BUSES__COPY__KIND: 'webhook',
    FAIRLEAD_BUSES__COPY__WEBHOOK__URL: 'http://127.0.0.1:1/x',
    FAIRLEAD_JOURNAL__FOLDER: join(dir, 'elsewhere'),
  });
  assert.equal(found.bus?.state, 'fail');
  assert.match(found.bus?.detail ?? '', /^BUS_\w+: .*(authori|refused)/i);
  assert.match(found['bus copy']?.detail ?? '', /^CONNECT_REFUSED/);
  assert.equal(found.history?.state, 'warn');
  assert.match(found['data folder']?.detail ?? '', /captures/);
  assert.match(found['journal folder']?.detail ?? '', /does not exist yet/);
  assert.ok('journal disk' in found);
});

test('a running service is asked, and its ports are left alone', async (t) => {
  const dir = folder(t);
  await using running = await start(dir);
  const env = { FAIRLEAD_HTTP__LISTEN: running.service.addresses.http };
  const readiness = running.service.readiness();
  const seen = await findings(dir, env, { url: running.url, readiness, version: '0.0.1', openFiles: 99 });
  assert.deepEqual([seen.service?.state, seen.store?.state, seen.bus?.state], ['ok', 'ok', 'ok']);
  assert.equal(seen['open files']?.detail, 'the service may open 99 files');
  assert.ok((await running.call('GET', '/api/v1/status')).json.openFiles > 0);
  assert.ok(!('port http' in seen));
  assert.match(seen.version?.detail ?? '', /is Fairlead 0\.0\.1$/);
  const alone = await findings(dir, env);
  assert.deepEqual([alone['port http']?.state, alone.database?.state], ['fail', 'warn']);
  assert.equal((await running.call('GET', '/api/v1/devices')).status, 200);
  assert.ok(existsSync(join(dir, 'fairlead-data', 'fairlead.db')));
});
