import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Store, storeLimits } from '@fairlead/store';
import { freshStore } from '../helpers.ts';

const { sessionIdle, sessionAge, sessionsOfUser, lastUse } = storeLimits.values;
const remote = '10.0.0.1';

const ids = (store: Store) => store.sessions.list().map(({ id }) => id);

test('a session survives a restart; only the hash of its secret is on disk', async (t) => {
  const { store, dir, clock, reopen } = freshStore(t);
  store.users.add({ name: 'ann', role: 'viewer' });
  const { secret, session } = store.sessions.open({ user: 'ann', remote });
  await clock.advance(lastUse);
  assert.equal(store.sessions.use(secret)?.user, 'ann');
  const after = await reopen();
  for (const file of readdirSync(dir)) assert.ok(!readFileSync(join(dir, file), 'latin1').includes(secret));
  assert.equal(after.sessions.list()[0]?.seenAt, session.seenAt + lastUse);
  assert.equal(after.sessions.use(secret)?.id, session.id);
  assert.equal(after.sessions.use(`${secret}x`), undefined);
});

test('a session ends when it is idle, and when it is old', async (t) => {
  const { store, clock } = freshStore(t);
  const idle = store.sessions.open({ user: undefined, remote }).secret;
  await clock.advance(sessionIdle - 1);
  assert.ok(store.sessions.use(idle));
  await clock.advance(sessionIdle);
  assert.equal(store.sessions.use(idle), undefined);
  assert.deepEqual(store.sessions.list(), []);

  const busy = store.sessions.open({ user: undefined, remote }).secret;
  for (let passed = 0; passed < sessionAge; passed += sessionIdle / 2) {
    assert.ok(store.sessions.use(busy), String(passed));
    await clock.advance(sessionIdle / 2);
  }
  assert.equal(store.sessions.use(busy), undefined);
});

test('one more session than a user may have ends the one that was seen longest ago', async (t) => {
  const { store, clock } = freshStore(t);
  store.users.add({ name: 'ann', role: 'viewer' });
  store.users.add({ name: 'bob', role: 'viewer' });
  const other = store.sessions.open({ user: 'bob', remote }).session;
  const all = [];
  for (let n = 0; n < sessionsOfUser; n++) {
    all.push(store.sessions.open({ user: 'ann', remote }));
    await clock.advance(1);
  }
  const [first, second] = all;
  store.sessions.use(first?.secret as string);
  const { ended } = store.sessions.open({ user: 'ann', remote });
  assert.deepEqual(
    ended.map(({ id }) => id),
    [second?.session.id],
  );
  assert.equal(store.sessions.use(second?.secret as string), undefined);
  assert.equal(ids(store).length, sessionsOfUser + 1);
  assert.ok(ids(store).includes(other.id));
});

test('sessions are ended by what they are, for good', async (t) => {
  const { store, reopen } = freshStore(t);
  store.users.add({ name: 'ann', role: 'viewer' });
  const [a, b] = [
    store.sessions.open({ user: 'ann', remote }),
    store.sessions.open({ user: undefined, remote }),
  ];
  assert.deepEqual(
    store.sessions.end(({ user }) => user === 'ann').map(({ id }) => id),
    [a.session.id],
  );
  assert.deepEqual(ids(await reopen()), [b.session.id]);
});
