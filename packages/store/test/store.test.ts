import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { openStore } from '@fairlead/store';
import { code, folder, freshStore, uplink } from './helpers.ts';

test('a process killed in the middle of writing loses nothing that it said was there', async (t) => {
  const dir = folder(t);
  const child = spawn(
    process.execPath,
    ['--conditions=fairlead-source', `${import.meta.dirname}/crash-child.ts`, dir],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  t.after(() => child.kill('SIGKILL'));
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(line);
    if (said.length === 1) assert.throws(() => openStore({ dir }), code('STORE_LOCKED'));
    if (said.length === 200) child.kill('SIGKILL');
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  assert.ok(said.length >= 200);
  const store = openStore({ dir });
  t.after(() => store.close());
  for (const line of said) {
    const [name, token] = line.split(' ') as [string, string];
    assert.equal(store.devices.byToken(token)?.name, name);
  }
  // At most what came since the last write is missing.
  const online = store.presence.stale().length;
  assert.ok(online >= 190 && online % 10 === 0, `${online} devices were left online`);
  const messages = store.messages.list({ limit: 1_000 }).length;
  assert.ok(messages === online || messages === online - 10, `${messages} messages for ${online} devices`);
  assert.equal(store.values.get('d0')?.values.i?.value, 0);
});

test('the store is closed by leaving the block', async (t) => {
  const dir = folder(t);
  {
    await using store = openStore({ dir });
    const { device } = store.devices.add({ name: 'a' });
    store.observer().uplinks([uplink(device, { t: 1 })]);
  }
  await using store = openStore({ dir });
  assert.equal(store.values.get('a')?.values.t?.value, 1);
});

test('statistics', (t) => {
  const { store } = freshStore(t);
  const { device } = store.devices.add({ name: 'a' });
  store.observer().uplinks([uplink(device, { t: 1 })]);
  store.observer().status({ device, status: 'online', since: 1 });
  assert.deepEqual(store.stats(), {
    messages: { enabled: true, waiting: 1, dropped: 0, written: 0 },
    values: { devicesInMemory: 1, waiting: 1, dropped: 0 },
    presence: { waiting: 1, dropped: 0 },
    deviceState: { waiting: 0, dropped: 0 },
    downlinks: { unfinished: 0, finished: 0 },
    history: undefined,
  });
  assert.deepEqual(store.health(), { ok: true });
});
