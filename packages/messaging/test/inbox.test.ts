import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeClock } from '@fairlead/testkit';
import { Inbox, Share } from '../src/inbox.ts';
import { messageTypes, ReceivedMessage } from '../src/index.ts';

const never = new AbortController().signal;

function message(memory: number, data: unknown = memory): ReceivedMessage {
  const metadata = {
    messageId: 'm',
    timestamp: 1,
    messageType: messageTypes[1],
    priority: 2,
    source: 's',
    destination: null,
    correlationId: null,
  } as const;
  return new ReceivedMessage(metadata, data, 1, memory);
}

function inbox(size: number, total: number, onFull: 'wait' | 'drop-oldest' = 'wait') {
  const box = new Inbox({ size, total, onFull }, new FakeClock());
  /** Takes it in, or says that it waits. */
  const put = (share: Share, memory: number, data?: unknown) => {
    const one = message(memory, data);
    if (box.isFull(share, one)) return box.wait(share, one, never).then(() => 'later');
    box.push(share, one);
    return 'in';
  };
  return { box, put };
}

describe('an inbox of messages', () => {
  it('gives each peer room of its own, by memory', () => {
    const { box, put } = inbox(100, 1_000);
    const [one, two] = [new Share(), new Share()];
    assert.equal(put(one, 60), 'in');
    assert.ok(box.isFull(one, message(41)));
    assert.ok(!box.isFull(one, message(40)));
    assert.equal(put(two, 100), 'in');
    assert.deepEqual([box.size, box.length], [160, 2]);
  });

  it('takes a message of any size when nothing of its peer waits', () => {
    const { put } = inbox(100, 1_000);
    assert.equal(put(new Share(), 900), 'in');
  });

  it('lets in what waited, as room comes, and keeps the order of arrival', async () => {
    const { box, put } = inbox(100, 1_000);
    const [one, two] = [new Share(), new Share()];
    put(one, 100, 'a');
    const later = put(one, 50, 'c');
    put(two, 10, 'b');
    assert.equal((await box.receive(undefined, undefined)).data, 'a');
    assert.equal(await later, 'later');
    assert.equal((await box.receive(undefined, undefined)).data, 'b');
    assert.equal((await box.receive(undefined, undefined)).data, 'c');
    assert.deepEqual([box.size, box.length], [0, 0]);
  });

  it('bounds all peers together, with an equal part for each when the total is met', () => {
    const { box, put } = inbox(1_000, 1_000);
    put(new Share(), 900);
    const small = new Share();
    assert.equal(put(small, 300), 'in'); // it may have half of the total
    assert.ok(!box.isFull(small, message(200)));
    assert.ok(box.isFull(small, message(201)));
    let most = 0;
    for (let n = 0; n < 10_000; n++) {
      const share = new Share();
      for (const memory of [512, 64, 8, 1]) {
        const one = message(memory);
        while (!box.isFull(share, one) && share.size + memory <= 1_000) box.push(share, one);
      }
      most = Math.max(most, box.size);
    }
    assert.ok(most <= 1_000 * (1 + Math.log(10_002)), String(most));
  });

  it('drops what peers have left behind before anybody waits, oldest first', async () => {
    const { box, put } = inbox(500, 1_000);
    const gone = [new Share(), new Share()];
    for (const [i, share] of gone.entries()) for (let n = 0; n < 5; n++) put(share, 100, `${i}${n}`);
    for (const share of gone) box.leave(share);
    const here = new Share();
    for (let n = 0; n < 4; n++) assert.equal(put(here, 100, `here${n}`), 'in');
    assert.deepEqual([box.dropped, box.size, box.length], [4, 1_000, 10]);
    const heard: unknown[] = [];
    while (box.length > 0) heard.push((await box.receive(undefined, undefined)).data);
    assert.deepEqual(heard, ['04', '10', '11', '12', '13', '14', 'here0', 'here1', 'here2', 'here3']);
  });

  it('takes in at once what waited of a peer that leaves, and what is left to read of it', () => {
    const { box, put } = inbox(100, 150);
    const share = new Share();
    put(share, 100);
    void put(share, 50);
    box.leave(share);
    assert.deepEqual([box.size, box.length], [150, 2]);
    assert.equal(put(share, 60), 'in');
    assert.deepEqual([box.size, box.length, box.dropped], [110, 2, 1]);
  });

  it('refuses what would wait outside beyond the total', async () => {
    const { put } = inbox(100, 250);
    const shares = Array.from({ length: 4 }, () => new Share());
    for (const share of shares) put(share, 60);
    const waiting = shares.map((share) => put(share, 100));
    const settled = await Promise.allSettled(waiting.slice(2));
    assert.deepEqual(
      settled.map((one) => one.status === 'rejected' && one.reason.code),
      ['MESSAGE_INBOX_FULL', 'MESSAGE_INBOX_FULL'],
    );
  });

  it('gives up a wait, and forgets its bytes', async () => {
    const { box, put } = inbox(100, 100);
    const share = new Share();
    put(share, 100);
    for (let n = 0; n < 10; n++) {
      const stop = new AbortController();
      const waiting = box.wait(share, message(60), stop.signal);
      stop.abort();
      await assert.rejects(waiting, { code: 'ABORTED' });
    }
    const later = put(share, 60);
    await box.receive(undefined, undefined);
    assert.equal(await later, 'later');
  });

  it('drops the oldest of the same peer where it was asked to, then the oldest of all', () => {
    const { box, put } = inbox(100, 250, 'drop-oldest');
    const [one, two, three] = [new Share(), new Share(), new Share()];
    for (let n = 0; n < 5; n++) assert.equal(put(one, 50), 'in');
    assert.deepEqual([box.size, box.dropped], [100, 3]);
    for (let n = 0; n < 2; n++) put(two, 50);
    put(three, 100);
    assert.ok(box.size <= 300);
    assert.ok(two.size > 0 && three.size === 100);
  });

  it('drops the oldest of all that are still there', async () => {
    const { box, put } = inbox(100, 200, 'drop-oldest');
    const [one, two, three] = [new Share(), new Share(), new Share()];
    put(one, 50, 'a');
    put(two, 50, 'b');
    put(one, 100, 'c'); // in the place of a
    put(three, 100, 'd'); // in the place of b
    assert.equal((await box.receive(undefined, undefined)).data, 'c');
    assert.equal((await box.receive(undefined, undefined)).data, 'd');
    assert.deepEqual([box.length, box.places, box.dropped], [0, 0, 2]);
  });

  it('forgets the places of messages that gave way', () => {
    const { box, put } = inbox(100, 1_000, 'drop-oldest');
    const share = new Share();
    for (let n = 0; n < 100_000; n++) put(share, 50);
    assert.deepEqual([box.length, box.dropped], [2, 99_998]);
    assert.ok(box.places <= 2_048 + 2);
  });
});
