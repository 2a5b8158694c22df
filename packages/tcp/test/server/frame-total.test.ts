import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeClock, MemoryNetwork, settled } from '@fairlead/testkit';
import { length, serve, type Transport } from '../../src/index.ts';

describe('incomplete frames', () => {
  it('of all peers of a server together are bounded, and who has little is not concerned', async () => {
    const network = new MemoryNetwork();
    const seen: string[] = [];
    await using server = await serve<Buffer, Buffer>('127.0.0.1:4001', {
      codec: length({ bytes: 4, max: '1MiB' }) as never,
      clock: new FakeClock(),
      listen: network.listen,
      limits: { frameTotal: '100KB' },
      frames: (session, batch) => void seen.push(...batch.map((frame) => `${session.id} ${frame.length}`)),
      closed: (session, cause) => void seen.push(`${session.id} ${cause.code} ${cause.details.limit}`),
    });
    const peers: Transport[] = [];
    const dial = async () => {
      const endpoint = { protocol: 'tcp', host: '127.0.0.1', port: 4001 } as const;
      const peer = await network.dial(endpoint, { signal: new AbortController().signal });
      peer.start({ onData() {}, onDrain() {}, onEnd() {}, onClosed() {} });
      peer.resume();
      await settled();
      peers.push(peer);
      return peer;
    };
    const say = async (peer: Transport, bytes: Buffer): Promise<void> => {
      peer.write([bytes]);
      await settled();
    };
    const head = Buffer.from([0, 1, 0, 0]);
    const [first, second, third] = [await dial(), await dial(), await dial()];
    for (const peer of [first, second]) await say(peer, Buffer.concat([head, Buffer.alloc(45_000)]));
    assert.deepEqual(seen, []);
    // Within its part, although the total is passed.
    await say(third, Buffer.concat([head, Buffer.alloc(20_000)]));
    assert.deepEqual(seen, []);
    await say(first, Buffer.alloc(5_000));
    assert.deepEqual(seen, ['session-1 FRAME_MEMORY_FULL 100000']);
    // The room is free again, and complete frames give theirs back.
    await say(second, Buffer.alloc(2 ** 16 - 45_000));
    await say(third, Buffer.alloc(2 ** 16 - 20_000));
    assert.deepEqual(seen.slice(1), ['session-2 65536', 'session-3 65536']);
    for (const peer of [second, third]) await say(peer, Buffer.concat([head, Buffer.alloc(45_000)]));
    assert.equal(seen.length, 3);
    for (const peer of peers) peer.destroy(new Error('over') as never);
    await server.destroy();
  });
});
