import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Access } from '../../src/embedded/access.ts';
import { hostAndPort, isLoopback, printEndpoint } from '../../src/embedded/address.ts';

const rules = {
  users: [{ name: 'u', password: 'geheim ü' }],
  anonymous: true,
  publishable: ['devices/+/set'],
};

test('lets in whom it should', () => {
  const access = new Access(rules);
  const password = Buffer.from('geheim ü');
  assert.deepEqual(access.admit('10.0.0.1', 'u', password), { identity: { user: 'u' } });
  assert.deepEqual(access.admit('127.0.0.1', undefined, undefined), { identity: {} });
  assert.deepEqual(access.admit('10.0.0.1', undefined, undefined), { refusal: 'anonymous' });
  assert.deepEqual(access.admit(undefined, '', undefined), { refusal: 'anonymous' });
  for (const [user, secret] of [
    ['u', undefined],
    ['u', Buffer.alloc(0)],
    ['nobody', password],
    ['nobody', Buffer.alloc(0)],
    ['nobody', undefined],
  ] as const)
    assert.deepEqual(access.admit('127.0.0.1', user, secret), { refusal: 'credentials' });
  const strict = new Access({ ...rules, anonymous: false });
  assert.deepEqual(strict.admit('127.0.0.1', undefined, undefined), { refusal: 'anonymous' });
});

test('lets publish what it should', () => {
  const access = new Access(rules);
  assert.ok(access.mayPublish({}, 'devices/a/set'));
  assert.ok(!access.mayPublish({}, 'devices/a/attributes'));
  assert.ok(access.mayPublish({ user: 'u' }, 'devices/a/attributes'));
  assert.ok(!access.mayPublish({ user: 'u' }, '$SYS/x'));
  assert.ok(!access.mayPublish(undefined, 'devices/a/set'));
});

test('knows addresses of this machine, and endpoints', () => {
  for (const host of ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1', 'localhost'])
    assert.ok(isLoopback(host));
  for (const host of ['0.0.0.0', '::', '128.0.0.1', '127.0.0.1.example.org', '::ffff:10.0.0.1', undefined])
    assert.ok(!isLoopback(host), String(host));
  assert.deepEqual(hostAndPort('[::1]:7655'), { host: '::1', port: 7655 });
  assert.deepEqual(hostAndPort('localhost:0'), { host: 'localhost', port: 0 });
  assert.equal(printEndpoint('::1', 7655), '[::1]:7655');
  for (const endpoint of ['7655', '::1:7655', 'a:b', 'a:65536', ':1', 'a b:1'])
    assert.throws(() => hostAndPort(endpoint));
});
