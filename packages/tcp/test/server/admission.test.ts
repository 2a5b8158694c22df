import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { memoryPair, settled } from '@fairlead/testkit';
import type { Listen, ServeOptions, Transport } from '../../src/index.ts';
import { Lockout } from '../../src/server/lockout.ts';
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

  it('by limits that change while links are open', async () => {
    const { server, clock, closed, knock } = await door({ limits: { sessions: 3, idle: '1h' } });
    knock('10.0.0.1:5');
    knock('10.0.0.2:5');
    server.setLimits({ sessions: 2, idle: '10s', acceptRate: { perSecond: 1 } });
    knock('10.0.0.3:5');
    await settled();
    assert.deepEqual(closed, ['10.0.0.3:5 TOO_MANY_SESSIONS']);
    await clock.advance(12_000);
    assert.deepEqual(closed.slice(1), ['10.0.0.1:5 IDLE_TIMEOUT', '10.0.0.2:5 IDLE_TIMEOUT']);
    knock('10.0.0.4:5');
    knock('10.0.0.5:5');
    await settled();
    assert.deepEqual(closed.slice(3), ['10.0.0.5:5 ACCEPT_RATE_EXCEEDED']);
    assert.equal(server.limits.sessions, 2);
    assert.throws(() => server.setLimits({ sessions: 0 }), { code: 'OPTION_INVALID' });
    assert.equal(server.limits.sessions, 2);
    server.setLimits({});
    knock('10.0.0.6:5');
    await settled();
    assert.equal(closed.length, 4);
    await server.destroy();
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

describe('an address from which tokens are guessed', () => {
  const lockout = { failures: 3, within: '10s', time: '1m' } as const;
  type Told = { address: string; code: string };

  /** Peers send what they want to be taken for; whoever says "right" is. */
  async function guessed(options: Partial<ServeOptions<string, string, undefined>> = {}) {
    const told: Told[] = [];
    const made = await door({
      limits: { lockout },
      lockedOut: (address, { code }) => void told.push({ address, code }),
      accept: async (session) => {
        const proof = await session.receive();
        if (proof === 'right') return undefined;
        session.blame(proof);
        throw new Error('wrong');
      },
      ...options,
    });
    const guess = async (from: string, proof: string) => {
      const peer = made.knock(from);
      await settled();
      peer.write([Buffer.from(`${proof}\n`)]);
      await settled();
      await settled();
    };
    return { ...made, told, guess };
  }

  it('is locked out after as many different ones as the limit says, and only for its time', async () => {
    const { server, clock, closed, told, guess, knock } = await guessed();
    await guess('10.0.0.1:5', 'right');
    for (let i = 0; i < 9; i++) await guess('10.0.0.1:6', 'the same'); // counts once
    await guess('10.0.0.1:7', 'b');
    assert.deepEqual(told, []);
    knock('10.0.0.1:8');
    await guess('10.0.0.1:9', 'c');
    assert.deepEqual(told, [{ address: '10.0.0.1', code: 'ADDRESS_LOCKED_OUT' }]);
    assert.equal(server.lockedOut, 1);
    // A link that waits with its token is closed with the rest; one that has proved who it is stays.
    assert.ok(closed.includes('10.0.0.1:8 ADDRESS_LOCKED_OUT'));
    assert.ok(!closed.some((line) => line.startsWith('10.0.0.1:5 ')));
    knock('10.0.0.1:10');
    knock('10.0.0.2:10');
    await settled();
    assert.equal(closed.at(-1), '10.0.0.1:10 ADDRESS_LOCKED_OUT');
    assert.equal(server.stats().refused.ADDRESS_LOCKED_OUT, 1);
    await clock.advance(60_000);
    assert.equal(server.lockedOut, 0);
    await guess('10.0.0.1:11', 'right');
    assert.equal(server.stats().active, 2);
    await server.destroy();
  });

  it('is not locked out by failures that lie apart, and IPv6 counts by its network', async () => {
    const { server, clock, told, guess } = await guessed();
    for (const proof of ['a', 'b', 'c', 'd']) {
      await guess('10.0.0.1:5', proof);
      await clock.advance(5_000);
    }
    assert.deepEqual(told, []);
    for (const host of ['1', '2', '3']) await guess(`[2001:db8::${host}]:5`, host);
    assert.equal(told.length, 1);
    await server.destroy();
  });

  it('is no proxy, whose clients would all be shut out', async () => {
    const { server, told, guess } = await guessed({ proxy: { trusted: ['10.0.0.1'], required: false } });
    for (const proof of ['a', 'b', 'c', 'd']) await guess('10.0.0.1:5', proof);
    assert.deepEqual([told, server.lockedOut], [[], 0]);
    await server.destroy();
  });

  it('takes a bounded memory, however many addresses fail', () => {
    const lock = new Lockout({ failures: 2, within: 1_000, time: 1_000 });
    for (let i = 0; i < 20_000; i++) lock.failed(`a${i}`, `a${i}`, 'x', 0);
    assert.equal(lock.failed('a0', 'a0', 'y', 0), false); // forgotten meanwhile
    assert.equal(lock.failed('a19999', 'a19999', 'y', 0), true);
  });
});
