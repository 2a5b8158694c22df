import assert from 'node:assert/strict';
import { test } from 'node:test';
import { code, freshStore } from './helpers.ts';

test('settings are kept, replaced and removed', async (t) => {
  const { store, reopen } = freshStore(t);
  assert.equal(store.settings.get('console.theme'), undefined);
  store.settings.set('console.theme', { dark: true, sizes: [1, 2] });
  store.settings.set('zero', 0);
  store.settings.set('nothing', null);
  const after = await reopen();
  assert.deepEqual(after.settings.get('console.theme'), { dark: true, sizes: [1, 2] });
  assert.equal(after.settings.get('zero'), 0);
  assert.equal(after.settings.get('nothing'), null);
  after.settings.set('zero', 'one');
  assert.equal(after.settings.get('zero'), 'one');
  after.settings.set('zero', undefined);
  assert.equal(after.settings.get('zero'), undefined);
});

test('what is no setting', (t) => {
  const { store } = freshStore(t);
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  for (const key of ['', 'A', '1', 'a b', 'a'.repeat(65)])
    assert.throws(() => store.settings.set(key, 1), code('SETTING_INVALID'));
  for (const value of [circle, () => 1, 1n, 'x'.repeat(70_000)])
    assert.throws(() => store.settings.set('key', value), code('SETTING_INVALID'));
});
