import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { networkError, serve } from '../../src/index.ts';
import { listenError } from '../../src/link/network-error.ts';
import { world } from '../client/world.ts';
import { text } from '../text-codec.ts';

const system = (code: string) => Object.assign(new Error(`connect ${code}`), { code });

describe('an attempt to connect that the system does not permit', () => {
  for (const code of ['EACCES', 'EPERM'])
    test(`says so, not that nobody can listen: ${code}`, () => {
      const error = networkError(system(code), 'unix:/run/x.sock');
      assert.equal(error.code, 'CONNECT_FORBIDDEN');
      assert.match(error.message, /connect to unix:\/run\/x\.sock/);
    });

  test('is not repeated for ever', async () => {
    const { connect, clock, states } = world();
    let attempts = 0;
    const client = connect({
      dial: async () => {
        attempts++;
        throw networkError(system('EACCES'), 'unix:/run/x.sock');
      },
    });
    await assert.rejects(client.ready(), { code: 'CONNECT_FORBIDDEN' });
    await clock.advance(600_000);
    assert.equal(attempts, 1);
    assert.match(String(states.at(-1)), /CONNECT_FORBIDDEN/);
  });
});

test('an address that cannot be listened at', async () => {
  for (const [code, expected, reason] of [
    ['EADDRINUSE', 'PORT_IN_USE', undefined],
    ['EADDRNOTAVAIL', 'LISTEN_FAILED', 'this machine does not have that address'],
    ['EACCES', 'LISTEN_FAILED', 'not permitted'],
    ['EMFILE', 'LISTEN_FAILED', 'EMFILE'],
  ] as const) {
    const error = listenError(system(code), '127.0.0.1:80');
    assert.deepEqual([error.code, error.details.reason], [expected, reason]);
  }
  await assert.rejects(serve('192.0.2.1:0', { codec: text }), { code: 'LISTEN_FAILED' });
});

test('keys and certificates that are none', () => {
  const error = networkError(system('ERR_OSSL_PEM_NO_START_LINE'), 'broker:8883');
  assert.equal(error.code, 'TLS_MATERIAL_INVALID');
});
