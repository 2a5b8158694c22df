import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { length } from '@fairlead/tcp';
import { FakeClock, memoryPair, settled } from '@fairlead/testkit';
import { Peer } from '../../src/wire/peer.ts';

const quiet = { onData() {}, onDrain() {}, onEnd() {}, onClosed() {} };

/** A peer whose framing gives each frame one second, and what it has received. */
function world(received: (frames: Buffer[]) => Promise<void> = async () => {}) {
  const clock = new FakeClock();
  const [near, far] = memoryPair();
  const frames: string[] = [];
  const owner = {
    received: async (_: Peer, pieces: Buffer[]) => {
      frames.push(...pieces.map(String));
      await received(pieces);
    },
    closed: () => {},
  };
  const peer = new Peer(near, length({ bytes: 1, frameTimeout: '1s' }), owner, clock);
  far.start(quiet);
  peer.resume();
  const say = async (text: string) => {
    far.write([Buffer.from(text, 'latin1')]);
    await settled();
  };
  return { clock, peer, far, frames, say };
}

describe('a connection of dial or listen', () => {
  it('skips a frame that is not complete in time, and reads on', async () => {
    const { clock, peer, frames, say } = world();
    await say('\x05ab');
    assert.equal(clock.pending, 1);
    await clock.advance(1_000);
    await say('\x02ok');
    assert.deepEqual(frames, ['ok']);
    assert.deepEqual([peer.noise?.skipped, peer.noise?.timedOut], [3, 1]);
    assert.equal(clock.pending, 0);
  });

  it('does not count the time in which stdout takes nothing', async () => {
    const stdout = Promise.withResolvers<void>();
    const { clock, frames, say } = world(() => stdout.promise);
    await say('\x02ok\x05ab');
    await clock.advance(5_000);
    stdout.resolve();
    await settled();
    await clock.advance(999);
    await say('cde');
    assert.deepEqual(frames, ['ok', 'abcde']);
  });

  it('has no timer after it has closed, nor without a time in the framing', async () => {
    const { clock, peer, say } = world();
    await say('\x05ab');
    peer.close();
    assert.equal(clock.pending, 0);
    const [near, far] = memoryPair();
    const other = new Peer(near, length({ bytes: 1 }), { received: async () => {}, closed: () => {} }, clock);
    far.start(quiet);
    other.resume();
    far.write([Buffer.from('\x05half', 'latin1')]);
    await settled();
    assert.equal(clock.pending, 0);
  });
});
