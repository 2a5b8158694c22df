import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeClock, memoryPair, settled } from '@fairlead/testkit';
import { type Codec, type FramingSpec, framingFromSpec, line, type Payload } from '../../src/index.ts';
import { FramedLink } from '../../src/link/framed-link.ts';

function pair<F>(codec: Codec<F, Payload>) {
  const [near, far] = memoryPair();
  const clock = new FakeClock();
  const seen: string[] = [];
  const link = new FramedLink<F, Payload>(
    near,
    codec,
    {
      frames: (_link, batch) => void seen.push(...batch.map(String)),
      closed: (_link, cause) => void seen.push(`closed ${cause.code}`),
    },
    { clock, writeBuffer: 1_000, closeGrace: 1_000 },
  );
  far.start({ onData() {}, onDrain() {}, onEnd() {}, onClosed() {} });
  far.resume();
  return {
    link,
    clock,
    seen,
    far,
    async say(text: string) {
      far.write([Buffer.from(text)]);
      await settled();
    },
  };
}

const spec = (more: Partial<FramingSpec>): Codec<Buffer, Payload> =>
  framingFromSpec({
    rules: [{ match: { bytes: '24' }, kind: 'length', offset: 1, as: 'decimal', size: 2 }],
    ...more,
  });

describe('the time of a begun frame', () => {
  it('frees whole frames behind a false head, and the link tells what was passed over', async () => {
    const { link, clock, seen, say } = pair(spec({ frameTimeout: '5s' }));
    link.flow();
    await say('$01a');
    await say('$99');
    await clock.advance(4_000);
    await say('$01b$01c');
    assert.deepEqual(seen, ['a']);
    await clock.advance(999);
    assert.deepEqual(seen, ['a']);
    await clock.advance(1);
    assert.deepEqual(seen, ['a', 'b', 'c']);
    const { bytesSkipped, framesDropped, framesTimedOut, pending } = link.stats();
    assert.deepEqual([bytesSkipped, framesDropped, framesTimedOut, pending], [3, 0, 1, 0]);
    assert.equal(link.noise.reason?.code, 'FRAME_TIMEOUT');
    assert.equal(link.state, 'open');
    link.destroy();
  });

  it('begins with the frame, not with its last byte, and anew for the next frame', async () => {
    const { link, clock, seen, say } = pair(line({ frameTimeout: 1_000 }));
    link.flow();
    for (const letter of 'slow') {
      await say(letter);
      await clock.advance(300);
    }
    await say('quick\n');
    assert.deepEqual(seen, ['quick'], 'all but the last byte came too late');
    await say('a');
    await clock.advance(900);
    await say('b\nc');
    await clock.advance(900);
    await say('d\n');
    assert.deepEqual(seen, ['quick', 'ab', 'cd']);
    link.destroy();
  });

  it('does not run while we do not read', async () => {
    const { link, clock, seen, say } = pair(line({ frameTimeout: 1_000 }));
    link.flow();
    await say('a');
    link.pause();
    await clock.advance(10_000);
    link.resume();
    await clock.advance(900);
    await say('b\n');
    assert.deepEqual(seen, ['ab']);
    link.destroy();
  });

  it('reaches who waits for a single frame', async () => {
    const { link, clock, say } = pair(spec({ frameTimeout: 1_000 }));
    const received = link.receive();
    await say('$99$01b$01c');
    await clock.advance(1_000);
    assert.deepEqual([String(await received), String(await link.receive())], ['b', 'c']);
    link.destroy();
  });

  it('reaches a request that waits for its reply', async () => {
    const { link, clock, say } = pair(spec({ frameTimeout: 1_000 }));
    const reply = link.request('?');
    await settled();
    await say('$99$01b');
    await clock.advance(1_000);
    assert.equal(String(await reply), 'b');
    link.destroy();
  });

  it('ends with the link', async () => {
    const { link, clock, seen, say } = pair(line({ frameTimeout: 1_000 }));
    link.flow();
    await say('a');
    link.destroy();
    await clock.advance(5_000);
    assert.equal(link.stats().framesTimedOut, 0);
    assert.deepEqual(seen, ['closed LINK_CLOSED']);
  });
});

describe('the silence that ends a frame', () => {
  it('does not count while we do not read', async () => {
    const { link, clock, seen, say } = pair(framingFromSpec({ rules: [{ kind: 'silence', idleMs: 50 }] }));
    link.flow();
    await say('a');
    link.pause();
    await clock.advance(1_000);
    link.resume();
    await say('b');
    await clock.advance(50);
    assert.deepEqual(seen, ['ab']);
    link.destroy();
  });

  it('counts for what came before frames were asked for', async () => {
    const { link, clock, seen, say } = pair(framingFromSpec({ rules: [{ kind: 'silence', idleMs: 50 }] }));
    link.resume();
    await say('a');
    link.flow();
    await clock.advance(50);
    assert.deepEqual(seen, ['a']);
    link.destroy();
  });
});
