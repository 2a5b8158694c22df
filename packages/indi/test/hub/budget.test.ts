import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FairleadError } from '@fairlead/core';
import { Budget } from '../../src/hub/budget.ts';
import { ElementQueue } from '../../src/hub/element-queue.ts';
import { type Parcel, parcelOf } from '../../src/hub/parcel.ts';
import { QueuePool } from '../../src/hub/queue-pool.ts';

class Client {
  cause: FairleadError | undefined;

  end(cause: FairleadError): void {
    this.cause = cause;
  }
}

describe('what all clients together hold', () => {
  it('is bounded by ending the one that holds most, then the next', () => {
    const budget = new Budget('names', 100);
    const [small, large, larger] = [new Client(), new Client(), new Client()];
    budget.set(small, 20);
    budget.set(large, 30);
    budget.set(larger, 50);
    budget.set(small, 25);
    assert.deepEqual([small.cause, large.cause, larger.cause?.code], [undefined, undefined, 'HUB_FULL']);
    assert.match(
      larger.cause?.message ?? '',
      /use 105 bytes for names; the limit is 100, and this client uses the most/,
    );
    assert.equal(budget.sum, 55);
    budget.set(large, 0);
    assert.equal(budget.sum, 25);
  });

  it('is told by an error to the one that holds most if that asks for more', () => {
    const budget = new Budget('names', 100);
    const [small, large] = [new Client(), new Client()];
    budget.set(small, 40);
    assert.throws(() => budget.set(large, 1_000), { code: 'HUB_FULL' });
    assert.deepEqual([budget.sum, small.cause, large.cause], [40, undefined, undefined]);
    budget.forget(small);
    budget.forget(small);
    assert.equal(budget.sum, 0);
  });
});

/** Outboxes of peers that take one write each and then nothing until they are told to. */
function peers(count: number, limit: number, queue = 1_000_000) {
  const pool = new QueuePool(limit);
  const all = Array.from({ length: count }, () => {
    const peer = {
      cause: undefined as FairleadError | undefined,
      queue: undefined as unknown as ElementQueue,
    };
    const exit = {
      forward: () => false,
      forwardAll: () => false,
      destroy: (cause: FairleadError) => {
        peer.cause = cause;
      },
    };
    peer.queue = new ElementQueue(exit, { queue, streamQueue: queue }, pool);
    return peer;
  });
  return { pool, all };
}

const parcel = (size: number): Parcel => parcelOf(Buffer.alloc(size));
const large = (pieces: number): Parcel => {
  const all = Array.from({ length: pieces }, () => Buffer.alloc(200_000));
  return { pieces: all, size: 200_000 * pieces, stream: false };
};

describe('what waits for all clients together', () => {
  it('counts once, for however many it waits', () => {
    const { pool, all } = peers(10, 1_000_000);
    for (let i = 0; i < 5; i++) {
      const shared = parcel(100_000);
      for (const { queue } of all) queue.push(shared);
    }
    assert.ok(pool.sum >= 500_000 && pool.sum < 520_000, String(pool.sum));
    assert.ok(all.every(({ cause }) => cause === undefined));
  });

  it('is bounded by ending the client for which most waits', () => {
    const { pool, all } = peers(3, 1_000_000);
    for (const { queue } of all) for (let i = 0; i < 3; i++) queue.push(parcel(100_000));
    const [first, second, third] = all;
    second?.queue.push(parcel(150_000));
    assert.deepEqual([first?.cause, second?.cause?.code, third?.cause], [undefined, 'HUB_FULL', undefined]);
    assert.ok(pool.sum < 700_000);
    first?.queue.push(parcel(200_000));
    assert.equal(first?.cause, undefined);
  });

  it('includes the BLOB that has been begun, to its end', () => {
    const { pool, all } = peers(2, 3_000_000);
    const [a, b] = all.map(({ queue }) => queue) as [ElementQueue, ElementQueue];
    a.push(large(5));
    assert.equal(pool.sum, 1_000_000);
    for (let i = 0; i < 4; i++) a.writable();
    assert.equal(pool.sum, 1_000_000);
    a.writable();
    assert.equal(pool.sum, 0);
    a.push(large(5));
    b.push(large(15));
    assert.deepEqual([all[0]?.cause, all[1]?.cause?.code, pool.sum], [undefined, 'HUB_FULL', 1_000_000]);
  });

  it('is nothing once all is sent, dropped, withdrawn or its client gone', () => {
    const { pool, all } = peers(4, 10_000_000, 1_000_000);
    const [sent, over, withdrawn, gone] = all.map(({ queue }) => queue) as [
      ElementQueue,
      ElementQueue,
      ElementQueue,
      ElementQueue,
    ];
    const from = {};
    for (const queue of [sent, over, withdrawn, gone])
      for (let i = 0; i < 5; i++) queue.push(parcel(100_000), from);
    for (let i = 0; i < 6; i++) sent.writable();
    for (let i = 0; i < 10; i++) over.push(parcel(100_000));
    withdrawn.withdraw(from);
    withdrawn.writable();
    gone.close();
    gone.push(parcel(100_000));
    assert.deepEqual([pool.sum, all[1]?.cause?.code], [0, 'PEER_TOO_SLOW']);
  });
});
