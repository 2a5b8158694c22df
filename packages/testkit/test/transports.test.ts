import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FairleadError } from '@fairlead/core';
import type { Transport } from '@fairlead/tcp';
import { FakeClock, type Faults, FaultyTransport, memoryPair, seeded, settled } from '../src/index.ts';

/** What arrives at one end. */
function listen(transport: Transport) {
  const seen = {
    text: '',
    chunks: 0,
    drained: 0,
    ended: false,
    cause: undefined as FairleadError | undefined,
  };
  transport.start({
    onData: (chunk) => {
      seen.text += chunk;
      seen.chunks++;
    },
    onDrain: () => {
      seen.drained++;
    },
    onEnd: () => {
      seen.ended = true;
    },
    onClosed: (cause) => {
      seen.cause = cause;
    },
  });
  transport.resume();
  return seen;
}

describe('a pair in memory', () => {
  it('delivers in order, half-closes, and closes when both sides have ended', async () => {
    const [a, b] = memoryPair();
    const [atA, atB] = [listen(a), listen(b)];
    a.write([Buffer.from('one '), Buffer.from('two')]);
    a.end();
    await settled();
    assert.deepEqual([atB.text, atB.ended, atB.cause], ['one two', true, undefined]);
    b.write([Buffer.from('answer')]);
    b.end();
    await settled();
    assert.equal(atA.text, 'answer');
    assert.deepEqual([atA.cause?.code, atB.cause?.code], ['PEER_CLOSED', 'PEER_CLOSED']);
  });

  it('asks for a pause when the peer does not read, and says when all has left', async () => {
    const [a, b] = memoryPair();
    const [atA] = [listen(a), listen(b)];
    b.pause();
    let written: boolean | undefined;
    assert.equal(a.write([Buffer.alloc(1_000)]), true);
    assert.equal(
      a.write([Buffer.alloc(100_000)], (all) => (written = all)),
      false,
    );
    await settled();
    assert.deepEqual([a.writableLength, written, atA.drained], [101_000, undefined, 0]);
    b.resume();
    await settled();
    assert.deepEqual([a.writableLength, written, atA.drained], [0, true, 1]);
  });

  it('tells who waits for a write that the end came first', async () => {
    const [a, b] = memoryPair();
    const atB = listen(b);
    listen(a);
    b.pause();
    let written: boolean | undefined;
    a.write([Buffer.from('lost')], (all) => (written = all));
    a.reset();
    await settled();
    assert.deepEqual([written, atB.cause?.code, atB.text], [false, 'PEER_RESET', '']);
  });
});

describe('a faulty transport', () => {
  async function through(faults: Faults, bytes = 'abcdefghij'.repeat(10), clock?: FakeClock) {
    const [near, far] = memoryPair();
    listen(far);
    const seen = listen(new FaultyTransport(near, { ...faults, ...(clock && { clock }) }));
    far.write([Buffer.from(bytes)]);
    far.end();
    await settled();
    return seen;
  }

  it('slices: the same bytes in many pieces, the same pieces for the same seed', async () => {
    const [one, same, other] = [
      await through({ slice: 9, seed: 3 }),
      await through({ slice: 9, seed: 3 }),
      await through({ slice: 2, seed: 4 }),
    ];
    assert.equal(one.text, 'abcdefghij'.repeat(10));
    assert.ok(one.chunks > 10 && one.ended);
    assert.equal(one.chunks, same.chunks);
    assert.ok(other.chunks > one.chunks);
  });

  it('stalls: nothing more arrives, and nobody says so', async () => {
    const seen = await through({ stallAfter: 25 });
    assert.deepEqual([seen.text.length, seen.ended, seen.cause], [25, false, undefined]);
  });

  it('resets and half-closes after a number of bytes', async () => {
    const reset = await through({ resetAfter: 30 });
    assert.deepEqual([reset.text.length, reset.cause?.code], [30, 'PEER_RESET']);
    const ended = await through({ endAfter: 40 });
    assert.deepEqual([ended.text.length, ended.ended], [40, true]);
  });

  it('throttles: a piece at a time, as the clock turns', async () => {
    const clock = new FakeClock();
    const seen = await through({ slice: 20, throttle: 100 }, 'x'.repeat(200), clock);
    assert.equal(seen.text, '');
    await clock.advance(500);
    assert.equal(seen.chunks, 5);
    await clock.advance(60_000);
    assert.deepEqual([seen.text.length, seen.ended], [200, true]);
  });
});

describe('the fake clock', () => {
  it('runs timers in the order of their time, also those that timers make', async () => {
    const clock = new FakeClock(1_000);
    const seen: string[] = [];
    clock.after(30, () => seen.push(`c ${clock.now()}`));
    clock.after(10, () => {
      seen.push(`a ${clock.now()}`);
      clock.after(5, () => seen.push(`b ${clock.now()}`));
    });
    clock.clear(clock.after(20, () => seen.push('cleared')));
    assert.equal(clock.next, 10);
    await clock.advance(29);
    assert.deepEqual(seen, ['a 1010', 'b 1015']);
    await clock.advance(1);
    assert.deepEqual([seen.at(-1), clock.pending, clock.monotonic()], ['c 1030', 0, 30]);
  });

  it('lets promises settle between timers', async () => {
    const clock = new FakeClock();
    const seen: string[] = [];
    clock.after(1, () => void Promise.resolve().then(() => seen.push('then')));
    clock.after(2, () => seen.push('second'));
    await clock.advance(2);
    assert.deepEqual(seen, ['then', 'second']);
  });
});

it('seeded randomness repeats, and stays between 0 and 1', () => {
  const [a, b] = [seeded(9), seeded(9)];
  const values = Array.from({ length: 1_000 }, a);
  assert.deepEqual(values, Array.from({ length: 1_000 }, b));
  assert.ok(values.every((value) => value >= 0 && value < 1));
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  assert.ok(Math.abs(mean - 0.5) < 0.05, `mean ${mean}`);
});
