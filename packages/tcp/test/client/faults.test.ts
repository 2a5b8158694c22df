import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Faults, FaultyTransport } from '@fairlead/testkit';
import { clientTransitions } from '../../src/client/state.ts';
import { type ClientState, pool } from '../../src/index.ts';
import { text } from '../text-codec.ts';
import { AT, world } from './world.ts';

/** Each fault at each byte of what a peer sends in a handshake (`re login`), a reply (`re a`) and an answer to a probe. */
const BYTES = 're login\nre a\nre ping\n'.length;
const faults: readonly ((at: number) => Faults)[] = [
  (at) => ({ resetAfter: at }),
  (at) => ({ endAfter: at }),
  (at) => ({ stallAfter: at }),
];
const settings = {
  handshakeTimeout: '5s',
  requests: { timeout: '5s' },
  reconnect: { min: '1s', max: '2s' },
  probe: { every: '3s', timeout: '2s', send: 'ping', expect: 're ping' },
} as const;
const CODES =
  /^(PEER_RESET|PEER_CLOSED|FRAME_TRUNCATED|REQUEST_TIMEOUT|PROBE_FAILED|HANDSHAKE_TIMEOUT|LINK_CLOSED|HANDLER_FAILED)$/;

/** A world whose first link has the fault. */
function faulty(fault: Faults) {
  const all = world();
  all.network.wrap = (transport) =>
    all.network.dials === 1 && transport.remote === AT ? new FaultyTransport(transport, fault) : transport;
  return all;
}

describe('a client whose line fails at any byte', () => {
  for (const fault of faults) {
    const name = Object.keys(fault(0))[0] as string;

    it(`comes back and works: ${name}`, async () => {
      for (let at = 0; at <= BYTES; at++) {
        const { clock, serve, connect, states } = faulty(fault(at));
        const server = await serve();
        const client = connect({
          ...settings,
          frames: () => {},
          handshake: async (link) => void (await link.request('login')),
        });
        const asked = client.request('a').catch((error) => error.code);
        await clock.advance(30_000);
        assert.match(String(await asked), /^re a$|^[A-Z_]+$/);
        const again = client.request('b');
        await clock.advance(10_000);
        assert.equal(await again, 're b', `${name} ${at}`);
        assert.equal(client.state, 'ready');
        for (const code of Object.keys(client.stats().closes)) assert.match(code, CODES, states.join());
        await client.close();
        await server.destroy();
        await clock.advance(60_000);
        assert.equal(clock.pending, 0, `${name} ${at}: timers`);
      }
    });

    it(`can be closed and drained in every state meanwhile: ${name}`, async () => {
      for (const state of Object.keys(clientTransitions) as ClientState[]) {
        for (const how of ['close', 'drain', 'destroy'] as const) {
          for (const at of [0, 4, 9, 12, 14]) {
            const { clock, serve, connect, states } = faulty(fault(at));
            const server = await serve();
            const client = connect({
              ...settings,
              handshake: async (link) => void (await link.request('login')),
            });
            const asked = client.request('a', { timeout: '20s' }).then(
              () => 'reply',
              (error) => error.code,
            );
            let ended: Promise<void> | undefined;
            const end = () => {
              ended ??= client[how]();
            };
            client.on('state', ({ to }) => to === state && end());
            await clock.advance(20_000);
            end();
            await clock.advance(60_000);
            await ended;
            assert.equal(client.state, 'closed', `${how} when ${state}, ${name} ${at}`);
            assert.match(await asked, /^reply$|^[A-Z_]+$/);
            assert.equal(states.filter((text) => text.startsWith('closed')).length, 1);
            await server.destroy();
            await clock.advance(60_000);
            assert.equal(clock.pending, 0, `${how} when ${state}, ${name} ${at}: timers`);
          }
        }
      }
    });

    it(`a pool replaces it, and closes without a rest: ${name}`, async () => {
      for (let at = 0; at <= BYTES; at += 3) {
        const { network, clock, serve } = faulty(fault(at));
        const server = await serve();
        const clients = pool<string>(AT, {
          codec: text,
          clock,
          dial: network.dial,
          max: 2,
          handshakeTimeout: '5s',
          requests: { timeout: '5s' },
          handshake: async (link) => void (await link.request('login')),
          validate: (client) => client.request('ping').then((reply) => reply === 're ping'),
        });
        const asked = [1, 2, 3, 4].map((n) => clients.request(`${n}`).catch((error) => error.code));
        await clock.advance(30_000);
        await Promise.all(asked);
        const again = clients.request('b');
        await clock.advance(40_000);
        assert.equal(await again, 're b', `${name} ${at}`);
        await clients.close();
        await server.destroy();
        await clock.advance(60_000);
        assert.equal(clock.pending, 0, `${name} ${at}: timers`);
      }
    });
  }
});
