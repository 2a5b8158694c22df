import { createHash } from 'node:crypto';
import type { Clock } from '@fairlead/core';
import { thingspanelLimits } from '../limits.ts';

const { refusals, refusalKept } = thingspanelLimits.values;

/** Tokens that the platform has refused, for a short time: a device that tries again at once costs no look-up. */
export class Refusals {
  readonly #clock: Clock;
  /** By the hash of the token: until when, monotonic. The oldest is first. */
  readonly #until = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(token: string): void {
    const key = keyOf(token);
    this.#until.delete(key);
    this.#until.set(key, this.#clock.monotonic() + refusalKept);
    const [oldest] = this.#until.keys();
    if (this.#until.size > refusals && oldest !== undefined) this.#until.delete(oldest);
  }

  has(token: string): boolean {
    return (this.#until.get(keyOf(token)) ?? Number.NEGATIVE_INFINITY) > this.#clock.monotonic();
  }

  delete(token: string): void {
    this.#until.delete(keyOf(token));
  }
}

const keyOf = (token: string): string => createHash('sha256').update(token).digest('base64');
