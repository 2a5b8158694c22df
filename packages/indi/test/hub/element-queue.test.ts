import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FairleadError } from '@fairlead/core';
import { ElementQueue, type ElementQueueLimits } from '../../src/hub/element-queue.ts';
import type { Parcel } from '../../src/hub/parcel.ts';

/** A peer that takes `room` writes and then wants no more. */
class Peer {
  readonly queue: ElementQueue;
  readonly got: string[] = [];
  room: number;
  #cause: FairleadError | undefined;

  constructor(room: number, limits: Partial<ElementQueueLimits> = {}) {
    this.room = room;
    const take = (pieces: readonly Uint8Array[]): boolean => {
      this.got.push(Buffer.concat(pieces).toString());
      return --this.room > 0;
    };
    const exit = {
      forward: (bytes: Uint8Array) => take([bytes]),
      forwardAll: take,
      destroy: (cause: FairleadError) => {
        this.#cause = cause;
      },
    };
    this.queue = new ElementQueue(exit, { queue: 10_000, streamQueue: 1_000, ...limits });
  }

  /** Why it was cut off. */
  code(): string | undefined {
    return this.#cause?.code;
  }

  push(...texts: string[]): void {
    const pieces = texts.map((text) => Buffer.from(text));
    this.queue.push(parcel(pieces));
  }

  takes(writes: number): void {
    this.room = writes;
    this.queue.writable();
  }
}

function parcel(pieces: Buffer[], stream = false): Parcel {
  return { pieces, size: pieces.reduce((sum, { length }) => sum + length, 0), stream };
}

const LARGE = 'x'.repeat(100_000);

describe('ElementQueue', () => {
  it('holds nothing back from a peer that keeps up', () => {
    const peer = new Peer(Number.POSITIVE_INFINITY);
    peer.push('a');
    peer.push('b', 'c');
    assert.deepEqual(peer.got, ['a', 'bc']);
    assert.equal(peer.queue.size, 0);
  });

  it('sends a parcel in pieces to its end before the next, however the peer stops', () => {
    const peer = new Peer(1, { queue: 1_000_000 });
    peer.push(LARGE, LARGE, LARGE, LARGE, LARGE);
    peer.push('next');
    assert.equal(peer.got.length, 1);
    assert.equal(peer.queue.size, 300_000 + 'next'.length + 128);
    peer.takes(1);
    peer.push('last');
    peer.takes(1);
    peer.takes(1);
    peer.takes(1);
    assert.equal(peer.got.join(''), `${LARGE.repeat(5)}nextlast`);
    assert.equal(peer.queue.size, 0);
  });

  it('does not count what has been begun: one BLOB of any size may be on its way', () => {
    const peer = new Peer(1, { queue: 1_000 });
    peer.push(LARGE, LARGE, LARGE);
    peer.push('y'.repeat(500));
    assert.equal(peer.code(), undefined);
    peer.push('y'.repeat(500));
    assert.equal(peer.code(), 'PEER_TOO_SLOW');
    assert.equal(peer.queue.size, 0);
  });

  it('drops BLOBs of streams that wait, never one that has been begun', () => {
    const peer = new Peer(1, { queue: 500_000, streamQueue: 250_000 });
    const picture = parcel([Buffer.from(LARGE), Buffer.from(LARGE), Buffer.from(LARGE)], true);
    for (let n = 0; n < 6; n++) peer.queue.push(picture);
    assert.equal(peer.queue.dropped, 4);
    peer.push(LARGE, LARGE, LARGE);
    assert.equal(peer.queue.dropped, 5);
    assert.equal(peer.code(), undefined);
    for (let n = 0; n < 10; n++) peer.takes(1);
    assert.equal(peer.got.join('').length, 600_000);
  });

  it('sends nothing after it was closed in the middle', () => {
    const peer = new Peer(1);
    peer.push(LARGE, LARGE, LARGE);
    peer.queue.close();
    peer.takes(10);
    assert.equal(peer.got.length, 1);
  });
});
