import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatDialAddress, parseDialAddress } from '../src/index.ts';

test('an address without settings is an endpoint', () => {
  assert.deepEqual(parseDialAddress('10.0.0.7:502'), {
    endpoint: { protocol: 'tcp', host: '10.0.0.7', port: 502 },
    tls: {},
  });
  assert.equal(formatDialAddress(parseDialAddress('10.0.0.7:502')), 'tcp://10.0.0.7:502');
  assert.equal(formatDialAddress(parseDialAddress('tls://[::1]:502/')), 'tls://[::1]:502');
});

test('settings of TLS follow a question mark, and are written in one order', () => {
  const { endpoint, tls } = parseDialAddress(
    'tls://scope:5025?serverName=scope.lab&key=/k%20e/y.pem&cert=/c.pem&ca=/etc/a.pem',
  );
  assert.deepEqual(endpoint, { protocol: 'tls', host: 'scope', port: 5025 });
  assert.deepEqual(tls, { ca: '/etc/a.pem', cert: '/c.pem', key: '/k e/y.pem', serverName: 'scope.lab' });
  const text = formatDialAddress({ endpoint, tls });
  assert.equal(text, 'tls://scope:5025?ca=/etc/a.pem&cert=/c.pem&key=/k%20e/y.pem&serverName=scope.lab');
  assert.deepEqual(parseDialAddress(text), { endpoint, tls });
  assert.equal(parseDialAddress('tls://a:1?ca=C:\\ca.pem').tls.ca, 'C:\\ca.pem');
});

test('what makes no sense is refused with the reason', () => {
  const reason = (text: string) => {
    try {
      parseDialAddress(text);
      return 'valid';
    } catch (error) {
      const { code, message } = error as Error & { code: string };
      assert.equal(code, 'ENDPOINT_INVALID');
      return message;
    }
  };
  for (const [text, expected] of [
    ['unix:/run/x', /tcp:\/\/host:port or tls/],
    ['tcp://a:1?ca=/a', /are for tls:\/\//],
    ['tls://:5', /a host and a port/],
    ['tls://a:0', /a host and a port/],
    ['tls://a:1?CA=/a', /only ca, cert, key, serverName are known, not CA/],
    ['tls://a:1?__proto__=/a', /not __proto__/],
    ['tls://a:1?ca=/a&ca=/b', /ca is given twice/],
    ['tls://a:1?ca=a.pem', /ca must be the absolute path/],
    ['tls://a:1?ca=', /ca must be the absolute path/],
    ['tls://a:1?key=-----BEGIN PRIVATE KEY-----&cert=/c', /key must be the absolute path/],
    ['tls://a:1?ca=/a%00b', /ca must be the absolute path/],
    [`tls://a:1?ca=/${'a'.repeat(2_000)}`, /ca must be the absolute path/],
    ['tls://a:1?cert=/c.pem', /cert and key must be given together/],
    ['tls://a:1?serverName=a b', /must be a host name/],
    ['tls://a:1?serverName=', /must be a host name/],
  ] as const)
    assert.match(reason(text), expected, text);
});
