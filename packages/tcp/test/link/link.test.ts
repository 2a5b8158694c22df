import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FairleadError } from '@fairlead/core';
import { FakeClock, memoryPair, settled } from '@fairlead/testkit';
import { fixed } from '../../src/index.ts';
import { FramedLink, type LinkOwner } from '../../src/link/framed-link.ts';
import { text } from '../text-codec.ts';

/** A link in memory, and the bare other end. */
function pair() {
  const [near, far] = memoryPair();
  const clock = new FakeClock();
  const seen: string[] = [];
  const owner: LinkOwner<string, string> = {
    frames: (_link, batch) => void seen.push(...batch),
    closed: (_link, cause: FairleadError) => void seen.push(`closed ${cause.code}`),
  };
  const link = new FramedLink<string>(near, text, owner, { clock, writeBuffer: 2 ** 20, closeGrace: 1_000 });
  let got = '';
  far.start({
    onData: (chunk) => {
      got += chunk;
    },
    onDrain() {},
    onEnd() {},
    onClosed() {},
  });
  far.resume();
  return { link, clock, seen, got: () => got, say: (bytes: string) => far.write([Buffer.from(bytes)]), far };
}

describe('Link', () => {
  it('asks and is answered without an owner that reads', async () => {
    const { link, got, say, seen } = pair();
    const [a, b] = [link.request('a'), link.request('b')];
    await settled();
    assert.equal(got(), 'a\nb\n');
    say('A\nB\nnews\n');
    assert.deepEqual(await Promise.all([a, b]), ['A', 'B']);
    assert.equal(await link.receive(), 'news');
    assert.deepEqual([seen, link.stats().framesIn], [[], 3]);
    link.destroy();
    await assert.rejects(link.request('late'), { code: 'LINK_CLOSED' });
  });

  it('forwards bytes in pieces, in their order with messages', async () => {
    const { link, got } = pair();
    link.send('a');
    assert.equal(link.forwardAll(['b\n', 'c\n'].map((piece) => Buffer.from(piece))), true);
    link.send('d');
    await settled();
    assert.equal(got(), 'a\nb\nc\nd\n');
    link.destroy();
    assert.equal(link.forwardAll([Buffer.from('e')]), false);
  });

  it('sends answers that are given while a chunk is handled in one write, also when a handler breaks', async () => {
    const [near, far] = memoryPair();
    const writes: string[] = [];
    far.start({ onData: (chunk) => writes.push(String(chunk)), onDrain() {}, onEnd() {}, onClosed() {} });
    far.resume();
    const owner: LinkOwner<string, string> = {
      frames: (link, batch) => {
        for (const frame of batch) link.send(frame.toUpperCase());
        if (batch.includes('break')) throw new Error('broken');
      },
      closed() {},
    };
    const link = new FramedLink<string>(near, text, owner, {
      clock: new FakeClock(),
      writeBuffer: 1_000,
      closeGrace: 1,
    });
    link.flow();
    link.onData(Buffer.from('a\nb\n'));
    assert.throws(() => link.onData(Buffer.from('break\n')), /broken/);
    link.send('later');
    await settled();
    assert.deepEqual(writes, ['A\nB\n', 'BREAK\n', 'later\n']);
    link.destroy();
  });

  it('changes its framing after a reply, at that very byte', async () => {
    const { link, say, seen } = pair();
    const asked = link.request('binary?');
    await settled();
    say('yes\n12345678');
    assert.equal(await asked, 'yes');
    link.use(fixed(4) as never);
    link.flow();
    assert.deepEqual(seen.map(String), ['1234', '5678']);
    link.destroy();
  });

  it('does not take what was read ahead for a reply, nor count it against the link', async () => {
    const { link, say } = pair();
    const early = Array.from({ length: 3_000 }, (_, i) => `${i}`);
    link.resume();
    say(`${early.join('\n')}\n`);
    await settled();
    const asked = link.request('?');
    await settled();
    say('yes\n');
    assert.equal(await asked, 'yes');
    const batch = await link.batches().next();
    assert.deepEqual(batch.value, early);
    assert.equal(link.state, 'open');
    link.destroy();
  });

  it('fails its requests when the peer ends, after the replies that came with its end', async () => {
    const { link, say, far, seen } = pair();
    const [a, b] = [link.request('a'), link.request('b')];
    const lost = assert.rejects(b, { code: 'PEER_CLOSED' });
    await settled();
    say('A\n');
    far.end();
    assert.equal(await a, 'A');
    await lost;
    await assert.rejects(link.request('c'), { code: 'PEER_CLOSED' });
    link.close();
    await settled();
    assert.deepEqual(seen, ['closed LINK_CLOSED']);
  });

  it('does not deliver what is left once a handler has closed it', async () => {
    const [near, far] = memoryPair();
    const seen: string[][] = [];
    const owner: LinkOwner<string, string> = {
      frames: (link, batch) => {
        seen.push(batch);
        link.close();
      },
      closed() {},
    };
    const link = new FramedLink<string>(near, text, owner, {
      clock: new FakeClock(),
      writeBuffer: 1_000,
      closeGrace: 1,
    });
    far.start({ onData() {}, onDrain() {}, onEnd() {}, onClosed() {} });
    const asked = link.request('?');
    await settled();
    far.write([Buffer.from('kept\n')]);
    assert.equal(await asked, 'kept');
    const second = link.request('?').catch(() => {});
    far.write([Buffer.from('one\ntwo\n')]);
    await settled();
    link.flow();
    await second;
    assert.deepEqual(seen, [['two']]);
  });

  describe('take()', () => {
    const reader = () => {
      const told: string[] = [];
      return {
        told,
        frame: (frame: string) => void told.push(frame),
        failed: (cause: FairleadError) => void told.push(`failed ${cause.code}`),
      };
    };

    it('gives what is there, and calls back once with what is not', async () => {
      const { link, say } = pair();
      const waits = reader();
      assert.equal(link.take(waits), undefined);
      assert.throws(() => link.take(waits), { code: 'ALREADY_RECEIVING' });
      await assert.rejects(link.receive(), { code: 'ALREADY_RECEIVING' });
      say('one\ntwo\nthree\nfo');
      await settled();
      assert.deepEqual(waits.told, ['one']);
      assert.deepEqual(
        [link.take(waits), await link.receive(), link.take(waits)],
        ['two', 'three', undefined],
      );
      say('ur\n');
      await settled();
      assert.deepEqual([waits.told, link.stats().framesIn], [['one', 'four'], 4]);
      link.destroy();
      await settled();
      assert.deepEqual(waits.told, ['one', 'four']);
    });

    it('calls back with what is left when the peer ends, then with the end', async () => {
      const { link, say, far, seen } = pair();
      const waits = reader();
      link.take(waits);
      say('last\n');
      far.end();
      await settled();
      assert.deepEqual([waits.told, link.take(waits)], [['last'], undefined]);
      await settled();
      assert.deepEqual([waits.told, seen], [['last', 'failed PEER_CLOSED'], ['closed PEER_CLOSED']]);
      link.take(waits);
      await settled();
      assert.equal(waits.told.length, 3);
    });

    it('calls back with what ended the link', async () => {
      const { link } = pair();
      const waits = reader();
      link.take(waits);
      link.destroy();
      assert.deepEqual(waits.told, ['failed LINK_CLOSED']);
    });

    it('stops reading while nobody takes', async () => {
      const { link, say } = pair();
      const waits = reader();
      link.take(waits);
      say(`${'x'.repeat(99)}\n`.repeat(1_000));
      await settled();
      assert.equal(waits.told.length, 1);
      assert.ok(link.paused);
      let taken = 1;
      while (link.take(waits) !== undefined) taken++;
      assert.equal(taken, 1_000);
      assert.ok(!link.paused);
      link.destroy();
    });
  });
});
