import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { memoryPair, settled } from '@fairlead/testkit';
import type { Listen, ServeOptions, Transport } from '../../src/index.ts';
import { world } from '../client/world.ts';

/** A server to which links come from whatever address the test says. */
async function door(options: Partial<ServeOptions<string, string, undefined>>) {
  const base = world();
  const closed: string[] = [];
  let accept: ((transport: Transport) => void) | undefined;
  const listen: Listen = async (endpoint, _options, take) => {
    accept = take;
    return { endpoint, close: async () => {} };
  };
  const server = await base.serve({
    listen,
    closed: (session, cause) => closed.push(`${session.remote} ${cause.code}`),
    ...options,
  });
  const knock = (from: string) => {
    const [near, far] = memoryPair(from, '127.0.0.1:9');
    near.start({ onData() {}, onDrain() {}, onEnd() {}, onClosed() {} });
    accept?.(far);
    return near;
  };
  return { server, clock: base.clock, closed, knock };
}

describe('who is let in', () => {
  it('those allowed and not denied, IPv4, IPv6 and mapped', async () => {
    const { server, closed, knock } = await door({
      allow: ['10.0.0.0/8', '2001:db8::/32'],
      deny: ['10.9.0.0/16'],
    });
    for (const from of ['10.1.2.3:5', '[2001:db8::7]:5', '[::ffff:10.1.2.3]:5', 'unix:/run/x']) knock(from);
    for (const from of ['10.9.1.1:5', '192.0.2.1:5', '[2001:db9::7]:5', '[::ffff:10.9.2.3]:5']) knock(from);
    await settled();
    assert.equal(server.sessions.size, 4);
    assert.deepEqual(closed, [
      '10.9.1.1:5 ADDRESS_DENIED',
      '192.0.2.1:5 ADDRESS_DENIED',
      '[2001:db9::7]:5 ADDRESS_DENIED',
      '[::ffff:10.9.2.3]:5 ADDRESS_DENIED',
    ]);
    assert.deepEqual(server.stats().refused, { ADDRESS_DENIED: 4 });
    assert.deepEqual(server.stats().closes, {});
    await server.destroy();
    await assert.rejects(door({ allow: ['all'] }), { code: 'OPTION_INVALID' });
    await assert.rejects(door({ alow: [] } as object), { code: 'OPTION_UNKNOWN', message: /"allow"/ });
  });

  it('no faster than the accept rate; those refused take nothing from it', async () => {
    const { server, clock, closed, knock } = await door({
      deny: ['192.0.2.0/24'],
      limits: { acceptRate: { perSecond: 10, burst: 3 } },
    });
    for (let i = 0; i < 5; i++) knock(`192.0.2.${i}:5`);
    for (let i = 0; i < 5; i++) knock(`10.0.0.${i}:5`);
    await settled();
    assert.equal(server.sessions.size, 3);
    assert.deepEqual(server.stats().refused, { ADDRESS_DENIED: 5, ACCEPT_RATE_EXCEEDED: 2 });
    await clock.advance(100);
    knock('10.0.1.1:5');
    knock('10.0.1.2:5');
    await settled();
    assert.equal(server.sessions.size, 4);
    assert.match(closed.at(-1) ?? '', /10.0.1.2:5 ACCEPT_RATE_EXCEEDED/);
    assert.equal(server.stats().accepted, 4);
    await server.destroy();
  });
});
