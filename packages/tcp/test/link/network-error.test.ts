import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { type NetworkPhase, networkError } from '@fairlead/core';
import { peerEnvironment, requirePeer } from '@fairlead/testkit';
import { world } from '../client/world.ts';

const failure = (code: string, message = `write ${code}`) => Object.assign(new Error(message), { code });

/** By the system's code: what it is while connecting, while listening, and on a link. */
const table: Record<string, readonly [string, string, string]> = {
  ETIMEDOUT: ['CONNECT_UNANSWERED', 'LISTEN_FAILED', 'PEER_UNRESPONSIVE'],
  ECONNRESET: ['PEER_RESET', 'LISTEN_FAILED', 'PEER_RESET'],
  EPIPE: ['PEER_RESET', 'LISTEN_FAILED', 'PEER_RESET'],
  ECONNABORTED: ['NETWORK_FAILED', 'LISTEN_FAILED', 'NETWORK_FAILED'],
  ENETRESET: ['NETWORK_FAILED', 'LISTEN_FAILED', 'NETWORK_FAILED'],
  ECONNREFUSED: ['CONNECT_REFUSED', 'LISTEN_FAILED', 'NETWORK_FAILED'],
  ENOENT: ['CONNECT_REFUSED', 'LISTEN_FAILED', 'NETWORK_FAILED'],
  EHOSTUNREACH: ['HOST_UNREACHABLE', 'LISTEN_FAILED', 'HOST_UNREACHABLE'],
  EHOSTDOWN: ['HOST_UNREACHABLE', 'LISTEN_FAILED', 'HOST_UNREACHABLE'],
  ENETUNREACH: ['HOST_UNREACHABLE', 'LISTEN_FAILED', 'HOST_UNREACHABLE'],
  ENETDOWN: ['HOST_UNREACHABLE', 'LISTEN_FAILED', 'HOST_UNREACHABLE'],
  ENONET: ['HOST_UNREACHABLE', 'LISTEN_FAILED', 'HOST_UNREACHABLE'],
  ENOTFOUND: ['ADDRESS_UNKNOWN', 'LISTEN_FAILED', 'ADDRESS_UNKNOWN'],
  EAI_AGAIN: ['ADDRESS_UNKNOWN', 'LISTEN_FAILED', 'ADDRESS_UNKNOWN'],
  ESERVFAIL: ['ADDRESS_UNKNOWN', 'LISTEN_FAILED', 'ADDRESS_UNKNOWN'],
  EADDRINUSE: ['NETWORK_FAILED', 'PORT_IN_USE', 'NETWORK_FAILED'],
  EADDRNOTAVAIL: ['NETWORK_FAILED', 'LISTEN_FAILED', 'NETWORK_FAILED'],
  EACCES: ['CONNECT_FORBIDDEN', 'LISTEN_FAILED', 'NETWORK_FAILED'],
  EPERM: ['CONNECT_FORBIDDEN', 'LISTEN_FAILED', 'NETWORK_FAILED'],
  EPROTO: ['NETWORK_FAILED', 'LISTEN_FAILED', 'NETWORK_FAILED'],
  EMFILE: ['NETWORK_FAILED', 'LISTEN_FAILED', 'NETWORK_FAILED'],
  EXYZ: ['NETWORK_FAILED', 'LISTEN_FAILED', 'NETWORK_FAILED'],
};
const phases: readonly NetworkPhase[] = ['connect', 'listen', 'link'];

describe('what the operating system reports', () => {
  for (const [code, expected] of Object.entries(table))
    it(`${code} is told as what it is, in each phase`, () => {
      const errors = phases.map((phase) => networkError(failure(code), '192.0.2.1:80', phase));
      assert.deepEqual(
        errors.map((error) => error.code),
        expected,
      );
      for (const error of errors)
        if (error.code === 'NETWORK_FAILED') assert.match(error.message, new RegExp(code));
    });

  it('an error of OpenSSL is one of TLS, whatever its code', () => {
    const error = failure(
      'EPROTO',
      'write EPROTO 00A0:error:0A00010B:SSL routines:ssl3_get_record:wrong version',
    );
    assert.equal(networkError(error, 'x:1', 'link').code, 'TLS_HANDSHAKE_FAILED');
  });

  it('a peer that is cut off is no reset: the system gives up when nothing is acknowledged', (t) => {
    if (!requirePeer(t, 'unshare') || !requirePeer(t, 'ip')) return;
    const env = peerEnvironment();
    const own = (script: string) =>
      spawnSync('unshare', ['-rn', 'sh', '-c', script], { env, encoding: 'utf8', timeout: 20_000 });
    if (own('true').status !== 0) return t.skip('no network namespace can be made here');
    const program = new URL('cut-off.ts', import.meta.url).pathname;
    const { stdout, stderr } = own(
      [
        'ip link set lo up',
        'ip addr add 10.9.9.1/32 dev lo',
        'ip addr add 10.9.9.2/32 dev lo',
        'ip route add 10.9.9.2/32 dev lo', // once the address is gone, what is sent there is lost
        'echo 1 > /proc/sys/net/ipv4/tcp_retries2', // else it takes a quarter of an hour
        `exec "${process.execPath}" --conditions=fairlead-source "${program}"`,
      ].join(' && '),
    );
    assert.equal(stdout, 'PEER_UNRESPONSIVE\n', stderr);
  });
});

it('a connection that the system does not permit is not tried for ever', async () => {
  const { connect, clock, states } = world();
  let attempts = 0;
  const client = connect({
    dial: async () => {
      attempts++;
      throw networkError(failure('EACCES'), 'unix:/run/x.sock', 'connect');
    },
  });
  await assert.rejects(client.ready(), { code: 'CONNECT_FORBIDDEN' });
  await clock.advance(600_000);
  assert.equal(attempts, 1);
  assert.match(String(states.at(-1)), /CONNECT_FORBIDDEN/);
});

it('keys and certificates that are none', () => {
  const error = networkError(failure('ERR_OSSL_PEM_NO_START_LINE'), 'broker:8883', 'connect');
  assert.equal(error.code, 'TLS_MATERIAL_INVALID');
});
