import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { storeLimits } from '@fairlead/store';
import { FakeClock } from '@fairlead/testkit';
import { freshStore } from '../helpers.ts';

const prometheus = { name: 'prometheus', scopes: ['metrics'], createdBy: 'administrator' };

test('a token is shown once, and only its hash is on disk', async (t) => {
  const { store, dir, reopen } = freshStore(t);
  const { secret, token } = store.apiTokens.add(prometheus);
  assert.match(secret, /^ft_[0-9a-f]{32}$/);
  assert.ok(!JSON.stringify([token, store.apiTokens.list()]).includes(secret));
  assert.equal(store.apiTokens.use(secret)?.name, 'prometheus');
  assert.equal(store.apiTokens.use(`${secret}0`), undefined);
  const after = await reopen();
  for (const file of readdirSync(dir))
    assert.ok(!readFileSync(join(dir, file), 'latin1').includes(secret), file);
  const [kept] = after.apiTokens.list();
  assert.deepEqual(kept?.scopes, ['metrics']);
  assert.notEqual(kept?.lastUsedAt, undefined, 'its use was written');
  assert.equal(after.apiTokens.use(secret)?.name, 'prometheus');
});

test('a removed token and one that has expired are not valid', async (t) => {
  const clock = new FakeClock();
  const { store, reopen } = freshStore(t, { clock });
  const removed = store.apiTokens.add(prometheus).secret;
  const expired = store.apiTokens.add({ ...prometheus, name: 'ci', lifetime: 1_000 }).secret;
  assert.equal(store.apiTokens.remove('Prometheus').name, 'prometheus');
  assert.equal(store.apiTokens.use(removed), undefined);
  await clock.advance(999);
  assert.equal(store.apiTokens.use(expired)?.name, 'ci');
  await clock.advance(1);
  assert.equal(store.apiTokens.use(expired), undefined);
  const after = await reopen();
  assert.deepEqual(
    after.apiTokens.list().map(({ name }) => name),
    ['ci'],
  );
  assert.equal(after.apiTokens.use(removed), undefined);
  assert.equal(after.apiTokens.use(expired), undefined);
});

test('names are checked, and one name is one token', (t) => {
  const { store } = freshStore(t);
  for (const name of ['', 'a b', '-a', 'a/b', 'x'.repeat(65), 'ä'])
    assert.throws(() => store.apiTokens.add({ ...prometheus, name }), { code: 'ACCESS_NAME_INVALID' }, name);
  store.apiTokens.add(prometheus);
  assert.throws(() => store.apiTokens.add({ ...prometheus, name: 'PROMETHEUS' }), {
    code: 'API_TOKEN_EXISTS',
  });
  assert.throws(() => store.apiTokens.remove('other'), { code: 'API_TOKEN_UNKNOWN' });
  for (let n = 1; n < storeLimits.values.apiTokens; n++)
    store.apiTokens.add({ ...prometheus, name: `token-${n}` });
  assert.throws(() => store.apiTokens.add({ ...prometheus, name: 'one-more' }), { code: 'API_TOKENS_FULL' });
});
