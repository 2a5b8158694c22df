import type { FairleadError } from '@fairlead/core';
import { gatewayErrors } from '../catalogue.ts';
import type { RateTerms } from '../ports.ts';

/**
 * How much a device may send within a time: a bucket of messages and one of bytes, both full at first, that fill again within
 * `per` milliseconds.
 */
export class Rate {
  readonly terms: RateTerms;
  /** Who sets it, for the error: the profile, the listener. */
  readonly #whose: string;
  #messages: number;
  #bytes: number;
  #since: number;

  /** @param now monotonic milliseconds */
  constructor(terms: RateTerms, whose: string, now: number) {
    this.terms = terms;
    this.#whose = whose;
    this.#messages = terms.messages ?? 0;
    this.#bytes = terms.bytes ?? 0;
    this.#since = now;
  }

  /** Counts what was read. Returns the milliseconds until the device may send more; 0: it may. */
  take(messages: number, bytes: number, now: number): number {
    this.#fill(now);
    this.#messages -= messages;
    this.#bytes -= bytes;
    const { messages: ofMessages, bytes: ofBytes, per } = this.terms;
    return Math.max(debt(this.#messages, ofMessages, per), debt(this.#bytes, ofBytes, per));
  }

  /** Counts as many of the messages as may pass now, and returns their number. One chunk may take more bytes than are left. */
  pass(messages: number, bytes: number, now: number): number {
    this.#fill(now);
    const { messages: ofMessages, bytes: ofBytes } = this.terms;
    if (ofBytes !== undefined && this.#bytes <= 0) return 0;
    const passed = ofMessages === undefined ? messages : Math.min(messages, Math.floor(this.#messages));
    if (passed === 0) return 0;
    this.#messages -= passed;
    this.#bytes -= bytes;
    return passed;
  }

  /** Whether nothing of it is used. */
  unused(now: number): boolean {
    this.#fill(now);
    const { messages = 0, bytes = 0 } = this.terms;
    return this.#messages === messages && this.#bytes === bytes;
  }

  /** RATE_EXCEEDED. @param refused messages that were dropped */
  exceeded(refused: number): FairleadError {
    const { per } = this.terms;
    return gatewayErrors.error('RATE_EXCEEDED', { limit: this.#limit(), per, whose: this.#whose, refused });
  }

  /** `10 messages within 1000 ms, the limit of its profile` */
  toString(): string {
    return `${this.#limit()} within ${this.terms.per} ms, the limit of its ${this.#whose}`;
  }

  #limit(): string {
    const { messages, bytes } = this.terms;
    const limits = [
      ...(messages === undefined ? [] : [`${messages} messages`]),
      ...(bytes === undefined ? [] : [`${bytes} bytes`]),
    ];
    return limits.join(' or ');
  }

  #fill(now: number): void {
    const { messages = 0, bytes = 0, per } = this.terms;
    const share = (now - this.#since) / per;
    this.#messages = Math.min(messages, this.#messages + share * messages);
    this.#bytes = Math.min(bytes, this.#bytes + share * bytes);
    this.#since = now;
  }
}

/** The milliseconds until a bucket is not empty any more. @param left what it holds; below zero: what is owed */
const debt = (left: number, limit: number | undefined, per: number): number =>
  limit === undefined || left >= 0 ? 0 : Math.ceil((-left * per) / limit);
