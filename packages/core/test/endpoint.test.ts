import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatEndpoint, isLoopback, parseEndpoint } from '../src/index.ts';

describe('endpoints', () => {
  const good: [string, object, string][] = [
    ['tcp://plc-7.local:4001', { protocol: 'tcp', host: 'plc-7.local', port: 4001 }, 'plc-7.local:4001'],
    ['127.0.0.1:80', { protocol: 'tcp', host: '127.0.0.1', port: 80 }, '127.0.0.1:80'],
    [
      'tls://[fe80::1%eth0]:443/',
      { protocol: 'tls', host: 'fe80::1%eth0', port: 443 },
      'tls://[fe80::1%eth0]:443',
    ],
    [':9000', { protocol: 'tcp', host: '', port: 9000 }, ':9000'],
    ['[::]:0', { protocol: 'tcp', host: '::', port: 0 }, '[::]:0'],
    ['unix:/run/x.sock', { protocol: 'unix', path: '/run/x.sock' }, 'unix:/run/x.sock'],
    ['unix:///run/x.sock', { protocol: 'unix', path: '/run/x.sock' }, 'unix:/run/x.sock'],
  ];
  for (const [text, endpoint, printed] of good) {
    it(`reads and prints ${text}`, () => {
      assert.deepEqual(parseEndpoint(text), endpoint);
      assert.equal(formatEndpoint(parseEndpoint(text)), printed);
    });
  }

  const bad: [string, RegExp][] = [
    ['host', /port is missing/],
    ['host:70000', /above 65535/],
    ['::1:80', /brackets/],
    ['http://x:80', /not one of tcp, tls, unix/],
    ['[zz]:80', /not an IPv6 address/],
    ['unix:', /path/],
    ['a b:80', /space/],
    ['host:80x', /host:port/],
  ];
  for (const [text, reason] of bad) {
    it(`refuses ${text}`, () => {
      assert.throws(() => parseEndpoint(text), { code: 'ENDPOINT_INVALID', message: reason });
    });
  }

  it('takes a default port, and knows what cannot be reached from elsewhere', () => {
    assert.deepEqual(parseEndpoint('host', 9090), { protocol: 'tcp', host: 'host', port: 9090 });
    for (const local of ['127.0.0.1:1', '127.9.9.9:1', 'localhost:1', '[::1]:1', 'unix:/x'])
      assert.ok(isLoopback(parseEndpoint(local)), local);
    for (const open of [':1', '0.0.0.0:1', '[::]:1', '192.168.1.100:1'])
      assert.ok(!isLoopback(parseEndpoint(open)), open);
  });
});
