import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { describe, it } from 'node:test';
import { FakeClock, settled } from '@fairlead/testkit';
import { type Address, connect } from '../../src/index.ts';
import { race } from '../../src/link/race.ts';
import { text } from '../text-codec.ts';

const v4 = (n: number): Address => ({ address: `192.0.2.${n}`, family: 4 });
const v6 = (n: number): Address => ({ address: `2001:db8::${n}`, family: 6 });

/** Attempts that the test ends. */
function attempts() {
  const clock = new FakeClock();
  const given = new AbortController();
  const open: { address: string; signal: AbortSignal; done(): void; fail(why: string): void }[] = [];
  const discarded: string[] = [];
  const run = (addresses: Address[]) =>
    race<string>(addresses, {
      clock,
      apart: 250,
      signal: given.signal,
      open: ({ address }, signal) =>
        new Promise((resolve, reject) =>
          open.push({ address, signal, done: () => resolve(address), fail: (why) => reject(new Error(why)) }),
        ),
      discard: (opened) => discarded.push(opened),
    });
  return { clock, given, open, discarded, run };
}

describe('race()', () => {
  it('tries the families in turn, a little apart, and takes the first that answers', async () => {
    const { clock, open, discarded, run } = attempts();
    const won = run([v6(1), v6(2), v4(1), v4(2)]);
    await clock.advance(249);
    assert.equal(open.length, 1);
    await clock.advance(10_000);
    assert.deepEqual(
      open.map(({ address }) => address),
      ['2001:db8::1', '192.0.2.1', '2001:db8::2', '192.0.2.2'],
    );
    open[1]?.done();
    assert.equal(await won, '192.0.2.1');
    assert.ok(open.every(({ signal }) => signal.aborted));
    open[0]?.done();
    open[2]?.fail('too late');
    await settled();
    assert.deepEqual(discarded, ['2001:db8::1']);
    assert.equal(clock.pending, 0);
  });

  it('goes on at once when one fails, and tells the first reason when all do', async () => {
    const { clock, open, run } = attempts();
    const lost = run([v4(1), v4(2)]);
    open[0]?.fail('first');
    await settled();
    assert.equal(open.length, 2);
    open[1]?.fail('second');
    await assert.rejects(lost, /first/);
    assert.equal(clock.pending, 0);
  });

  it('ends when its signal fires', async () => {
    const { clock, given, open, discarded, run } = attempts();
    const lost = run([v4(1), v4(2)]);
    given.abort(new Error('enough'));
    await assert.rejects(lost, /enough/);
    assert.ok(open[0]?.signal.aborted);
    open[0]?.done();
    await settled();
    assert.deepEqual([discarded, clock.pending], [['192.0.2.1'], 0]);
    await assert.rejects(run([v4(1)]), /enough/);
  });
});

describe('a name of several addresses', () => {
  it('connects by the one that lives, whether the others refuse or are silent', async () => {
    const bare = net.createServer((socket) => socket.pipe(socket));
    await once(bare.listen(0, '127.0.0.1'), 'listening');
    const { port } = bare.address() as net.AddressInfo;
    for (const dead of [{ address: '127.0.0.2', family: 4 }, v4(1), { address: '::1', family: 6 }, v6(1)]) {
      const client = connect<string>(`plant.test:${port}`, {
        codec: text,
        reconnect: false,
        lookup: async (host) => (host === 'plant.test' ? [dead, { address: '127.0.0.1', family: 4 }] : []),
      });
      assert.equal(await client.request('x'), 'x', dead.address);
      await client.close();
    }
    bare.close();
  });

  it('has one time limit over all', async () => {
    const clock = new FakeClock();
    const client = connect('plant.test:9', {
      codec: text,
      clock,
      reconnect: false,
      connectTimeout: '3s',
      lookup: () => new Promise(() => {}),
    });
    const lost = assert.rejects(client.ready(), { code: 'CONNECT_TIMEOUT' });
    await clock.advance(3_000);
    await lost;
  });

  it('says so when there is no address', async () => {
    const options = { codec: text, reconnect: false } as const;
    const nobody = connect('nobody.test:9', { ...options, lookup: async () => [] });
    await assert.rejects(nobody.ready(), {
      code: 'ADDRESS_UNKNOWN',
      message: /"nobody.test" has no address/,
    });
    const unknown = Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' });
    const failing = connect('nobody.test:9', { ...options, lookup: () => Promise.reject(unknown) });
    await assert.rejects(failing.ready(), { code: 'ADDRESS_UNKNOWN', message: /"nobody.test"/ });
  });
});
