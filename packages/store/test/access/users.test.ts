import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freshStore } from '../helpers.ts';

test('users are added, changed and removed, whatever the case of their name', async (t) => {
  const { store, clock, reopen } = freshStore(t);
  store.users.add({ name: 'Ann', role: 'viewer', password: 'derived' });
  await clock.advance(5);
  assert.equal(store.users.setRole('ANN', 'operator').role, 'operator');
  assert.equal(store.users.setPassword('ann', 'other').password, 'other');
  const after = await reopen();
  const [ann, ...none] = after.users.list();
  assert.deepEqual([ann?.name, ann?.role, ann?.password, none], ['Ann', 'operator', 'other', []]);
  assert.equal((ann?.changedAt ?? 0) - (ann?.createdAt ?? 0), 5);
  after.users.remove('aNN');
  assert.equal(after.users.get('Ann'), undefined);
});

test('mistakes are named, and nothing changes', (t) => {
  const { store } = freshStore(t);
  store.users.add({ name: 'ann', role: 'viewer' });
  for (const name of ['', 'a b', 'administrator', 'Administrator', '../x'])
    assert.throws(() => store.users.add({ name, role: 'viewer' }), { code: 'ACCESS_NAME_INVALID' }, name);
  assert.throws(() => store.users.add({ name: 'ANN', role: 'viewer' }), { code: 'USER_EXISTS' });
  assert.throws(() => store.users.setRole('bob', 'viewer'), { code: 'USER_UNKNOWN' });
  assert.throws(() => store.users.setPassword('bob', 'x'), { code: 'USER_UNKNOWN' });
  assert.throws(() => store.users.remove('bob'), { code: 'USER_UNKNOWN' });
  assert.deepEqual(
    store.users.list().map(({ name, role }) => [name, role]),
    [['ann', 'viewer']],
  );
});
