import type { Clock } from '@fairlead/core';
import { isLoopback } from './address.ts';

interface PasswordThrottleLimits {
  /** Delay of the answer to a wrong password, in milliseconds. */
  readonly delay: number;
  /** Delayed answers at the same time, for one address and for all. */
  readonly each: number;
  readonly total: number;
}

/**
 * Slows down password guessing: the answer to a wrong password is delayed, and while too many answers are delayed, no
 * further password is checked. A right password is never delayed.
 */
export class PasswordThrottle {
  readonly #limits: PasswordThrottleLimits;
  readonly #clock: Clock;
  readonly #held = new Map<string, number>();
  #total = 0;

  constructor(limits: PasswordThrottleLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /** Whether a password from this address may be checked. */
  allowed(address: string): boolean {
    return this.#total < this.#limits.total && (this.#held.get(network(address)) ?? 0) < this.#limits.each;
  }

  /** A password was wrong; `answer` is called after the delay. A client that disconnects meanwhile still counts. */
  hold(address: string, answer: () => void): void {
    const key = network(address);
    this.#held.set(key, (this.#held.get(key) ?? 0) + 1);
    this.#total++;
    this.#clock.after(this.#limits.delay, () => {
      this.#total--;
      const left = (this.#held.get(key) as number) - 1;
      if (left === 0) this.#held.delete(key);
      else this.#held.set(key, left);
      answer();
    });
  }
}

/** The addresses that one host can use: this machine all of 127.0.0.0/8, an IPv6 host a network of 64 bits. */
function network(address: string): string {
  if (isLoopback(address)) return 'loopback';
  if (!address.includes(':') || address.includes('.')) return address;
  const [head = ''] = address.split('::');
  const groups = head.split(':');
  return groups.slice(0, 4).join(':');
}
