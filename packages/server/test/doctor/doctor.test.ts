import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from '@fairlead/core';
import { openStore } from '@fairlead/store';
import { checkConfig, examine, type SeenService } from '../../src/index.ts';
import { folder } from '../backup/world.ts';
import { FREE, start } from '../running.ts';

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

test('a running service is asked, and its ports are left alone', async (t) => {
  const dir = folder(t);
  await using running = await start(dir);
  const env = { FAIRLEAD_HTTP__LISTEN: running.service.addresses.http };
  const readiness = running.service.readiness();
  const seen = await findings(dir, env, { url: running.url, readiness, version: '0.0.1' });
  assert.deepEqual([seen.service?.state, seen.store?.state, seen.bus?.state], ['ok', 'ok', 'ok']);
  assert.ok(!('port http' in seen));
  assert.match(seen.version?.detail ?? '', /is Fairlead 0\.0\.1$/);
  const alone = await findings(dir, env);
  assert.deepEqual([alone['port http']?.state, alone.database?.state], ['fail', 'warn']);
  assert.equal((await running.call('GET', '/api/v1/devices')).status, 200);
  assert.ok(existsSync(join(dir, 'fairlead-data', 'fairlead.db')));
});
