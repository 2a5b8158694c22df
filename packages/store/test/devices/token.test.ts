import assert from 'node:assert/strict';
import { test } from 'node:test';
import { code, freshStore } from '../helpers.ts';

const MADE = `fl_${'0123456789abcdef'.repeat(2)}`;

test('tokens that may be imported', (t) => {
  const { store } = freshStore(t);
  const good = ['x', ' spaces inside ', '~'.repeat(512), '{"username":"a"}', MADE, 'fl_short'];
  for (const [at, token] of good.entries()) {
    assert.equal(store.devices.add({ name: `d${at}`, token }).token, token);
    assert.equal(store.devices.byToken(token)?.name, `d${at}`);
  }
});

test('tokens that may not be imported, and the error never shows them', (t) => {
  const { store } = freshStore(t);
  const bad = [
    '',
    'secret\n',
    'secret\r\n',
    'sec\tret',
    'sécret',
    's'.repeat(513),
    `${MADE}secret`,
    'secret\u0000',
    7,
    {},
  ];
  for (const token of bad) {
    assert.throws(
      () => store.devices.add({ name: 'a', token: token as string }),
      (error: Error & { code?: string }) => {
        assert.equal(error.code, 'TOKEN_NOT_ALLOWED', JSON.stringify(token));
        assert.doesNotMatch(
          JSON.stringify([error, error.message, error.stack?.split('\n')[0]]),
          /secret|sécret|sss/,
        );
        return true;
      },
    );
  }
});

test('tokens come from the given source of randomness', (t) => {
  const { store } = freshStore(t, { randomBytes: (size) => new Uint8Array(size).fill(0xab) });
  assert.equal(store.devices.add({ name: 'a' }).token, `fl_${'ab'.repeat(16)}`);
});

test('a source of randomness that repeats itself cannot give two devices one token', (t) => {
  const { store } = freshStore(t, { randomBytes: (size) => new Uint8Array(size) });
  store.devices.add({ name: 'a' });
  assert.throws(() => store.devices.add({ name: 'b' }), code('STORE_FAILED'));
  assert.equal(store.devices.get('b'), undefined);
});
