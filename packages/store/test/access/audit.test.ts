import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { type NewAuditEntry, openStore, type Store, storeLimits } from '@fairlead/store';
import { freshStore } from '../helpers.ts';

const entry = (more: Partial<NewAuditEntry> = {}): NewAuditEntry => ({
  class: 'known',
  kind: 'user',
  who: 'ann',
  via: 'page',
  remote: '10.0.0.1',
  action: 'changeDevice',
  target: 'meter-1',
  status: 200,
  ...more,
});

const targets = (store: Store, query = {}) =>
  store.audit.list({ limit: 1_000, ...query }).map(({ target }) => target);

test('entries are listed, the newest first, and found by who, action, target and time', async (t) => {
  const { store, clock, reopen } = freshStore(t);
  const begun = clock.now();
  store.audit.add(entry({ target: 'a', changes: '{"label":{"after":"x"}}' }));
  await clock.advance(10);
  store.audit.add(
    entry({ target: 'b', who: 'Bob', action: 'removeDevice', status: 404, code: 'DEVICE_UNKNOWN' }),
  );
  const after = await reopen();
  const [last, first] = after.audit.list({ limit: 10 });
  assert.deepEqual(last, {
    id: 2,
    time: begun + 10,
    kind: 'user',
    who: 'Bob',
    via: 'page',
    remote: '10.0.0.1',
    action: 'removeDevice',
    target: 'b',
    status: 404,
    code: 'DEVICE_UNKNOWN',
    changes: undefined,
  });
  assert.equal(first?.changes, '{"label":{"after":"x"}}');
  assert.deepEqual(targets(after, { who: 'bob' }), ['b']);
  assert.deepEqual(targets(after, { action: 'changeDevice' }), ['a']);
  assert.deepEqual(targets(after, { target: 'b' }), ['b']);
  assert.deepEqual(targets(after, { since: begun + 1 }), ['b']);
  assert.deepEqual(targets(after, { before: 2 }), ['a']);
  assert.deepEqual(targets(after, { limit: 1 }), ['b']);
});

test('many entries of one class push out none of another, and old ones go', async (t) => {
  const { store, clock } = freshStore(t, { audit: { keep: 100, age: 1_000_000 } });
  store.audit.add(entry({ class: 'administrator', target: 'admin' }));
  for (let n = 0; n < 400; n++) store.audit.add(entry({ target: `k${n}` }));
  const kept = targets(store);
  assert.ok(kept.length <= 100 + 65 + 1, `${kept.length}`);
  assert.deepEqual([kept[0], kept.at(-1)], ['k399', 'admin']);
  await clock.advance(1_000_001);
  assert.deepEqual(targets(store), []);
});

test('strangers have less room', (t) => {
  const { store } = freshStore(t);
  const { auditStrangers } = storeLimits.values;
  for (let n = 0; n < auditStrangers + 200; n++)
    store.audit.add(entry({ class: 'stranger', target: `s${n}` }));
  assert.ok(targets(store, { limit: 1_000, before: 130 }).length === 0, 'the first are gone');
  assert.equal(targets(store, { limit: 1 })[0], `s${auditStrangers + 199}`);
});

test('an entry cannot be changed, even by a program that opens the database', async (t) => {
  const { store, dir } = freshStore(t);
  store.audit.add(entry());
  await store.close();
  const database = new DatabaseSync(join(dir, 'fairlead.db'));
  t.after(() => database.close());
  assert.throws(() => database.exec("UPDATE audit SET who = 'nobody'"), /never changed/);
});

test('no file holds what was changed in plain text, and another key shows only that there was something', async (t) => {
  const { store, dir } = freshStore(t);
  store.audit.add(entry({ target: 'hidden-task', changes: '{"rules":{"after":"hidden words"}}' }));
  await store.close();
  for (const name of readdirSync(dir))
    assert.doesNotMatch(readFileSync(join(dir, name)).toString('latin1'), /hidden/, name);
  const other = openStore({ dir, secretKey: 'ab'.repeat(32) });
  t.after(() => other.close());
  const [found] = other.audit.list({ limit: 1 });
  assert.deepEqual(
    [found?.target, found?.changes, found?.who],
    ['(sealed with another key)', undefined, 'ann'],
  );
});
