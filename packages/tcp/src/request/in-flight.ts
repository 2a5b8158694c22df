/**
 * Which reply belongs to which request, on one link.
 *
 *   in order   request 1, request 2, request 3  -->  reply 1, reply 2, reply 3
 *   by key     request a, request b, request c  -->  reply c, reply a, reply b
 *
 * An aborted or late request stays known, so that its late reply is not taken for the reply to another request.
 */

import { Fifo } from '@fairlead/core';
import { tcpLimits } from '../limits.ts';
import type { LinkRequest } from './link-request.ts';
import type { KeyCorrelation } from './options.ts';

export interface InFlight<In> extends Iterable<LinkRequest<In>> {
  /** Replies that may still arrive, those of aborted and late requests included. */
  readonly size: number;
  /** false: another request with this key waits. */
  add(pending: LinkRequest<In>): boolean;
  /** It was not sent after all. */
  remove(pending: LinkRequest<In>): void;
  /** Takes out the request that the frame answers; it may be aborted or late. */
  match(frame: In): LinkRequest<In> | undefined;
  /**
   * Its reply is no longer wanted. false: so many replies are missing that the order is unreliable, or the peer no longer
   * answers.
   * @param late it timed out; false: it was aborted
   */
  giveUp(pending: LinkRequest<In>, late: boolean): boolean;
}

export class InOrder<In> implements InFlight<In> {
  readonly #requests = new Fifo<LinkRequest<In>>();
  #late = 0;

  get size(): number {
    return this.#requests.length;
  }

  add(pending: LinkRequest<In>): boolean {
    this.#requests.push(pending);
    return true;
  }

  remove(pending: LinkRequest<In>): void {
    this.#requests.remove(pending);
  }

  match(frame: In): LinkRequest<In> | undefined {
    const first = this.#requests.first;
    if (first?.expect !== undefined && !first.expect(frame)) return undefined;
    if (first?.settled) this.#late--;
    return this.#requests.shift();
  }

  giveUp(): boolean {
    return ++this.#late <= tcpLimits.values.lateReplies;
  }

  [Symbol.iterator](): Iterator<LinkRequest<In>> {
    return this.#requests[Symbol.iterator]();
  }
}

export class ByKey<In> implements InFlight<In> {
  readonly #correlate: KeyCorrelation<In>;
  readonly #requests = new Map<unknown, LinkRequest<In>>();
  /** Aborted and late requests, oldest first, up to a limit. */
  readonly #late = new Map<unknown, LinkRequest<In>>();
  readonly #proofs = new Set<LinkRequest<In>>();
  /** Replies that did not come in time since the last reply. */
  #missing = 0;

  constructor(correlate: KeyCorrelation<In>) {
    this.#correlate = correlate;
  }

  get size(): number {
    return this.#requests.size + this.#late.size + this.#proofs.size;
  }

  add(pending: LinkRequest<In>): boolean {
    if (pending.expect !== undefined) {
      this.#proofs.add(pending);
      return true;
    }
    if (this.#requests.has(pending.key)) return false;
    this.#late.delete(pending.key);
    this.#requests.set(pending.key, pending);
    return true;
  }

  remove(pending: LinkRequest<In>): void {
    this.#proofs.delete(pending);
    if (this.#requests.get(pending.key) === pending) this.#requests.delete(pending.key);
  }

  match(frame: In): LinkRequest<In> | undefined {
    for (const proof of this.#proofs) {
      if (!proof.expect?.(frame)) continue;
      this.#proofs.delete(proof);
      return proof;
    }
    const key = this.#correlate.keyOf(frame);
    if (key === undefined) return undefined;
    const pending = this.#requests.get(key) ?? this.#late.get(key);
    if (pending === undefined) return undefined;
    if (!this.#requests.delete(key)) this.#late.delete(key);
    this.#missing = 0;
    return pending;
  }

  giveUp(pending: LinkRequest<In>, late: boolean): boolean {
    this.remove(pending);
    if (pending.expect !== undefined) return true;
    this.#late.set(pending.key, pending);
    if (this.#late.size > tcpLimits.values.requestQueue) {
      for (const oldest of this.#late.keys()) {
        this.#late.delete(oldest);
        break;
      }
    }
    if (late) this.#missing++;
    return this.#missing <= tcpLimits.values.lateReplies;
  }

  *[Symbol.iterator](): Generator<LinkRequest<In>, void, undefined> {
    yield* this.#proofs;
    yield* this.#requests.values();
  }
}
