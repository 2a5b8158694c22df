import type { Clock, Timer } from '@fairlead/core';
import { gatewayLimits } from '../limits.ts';

const { desiredRetry, desiredRetryMax } = gatewayLimits.values;

/** How often the desired state of a device was sent on one link, and when it is due again. */
export class Pursuit {
  tries = 0;
  /** Monotonic milliseconds. */
  due = Number.NEGATIVE_INFINITY;
  #version = 0;
  /** Of what was sent last on this link; 0: nothing was. */
  #sentVersion = 0;
  #differed = false;
  #ended = false;
  #timer: Timer | undefined;

  /** Another version is sent at once, and as often as the first. */
  begin(version: number): void {
    if (version !== this.#version) this.again();
    this.#version = version;
  }

  /** Forgets the tries so far. */
  again(): void {
    this.tries = 0;
    this.due = Number.NEGATIVE_INFINITY;
  }

  isEarly(now: number): boolean {
    return now < this.due;
  }

  /** It is being sent. */
  attempt(now: number): void {
    this.tries++;
    this.#sentVersion = this.#version;
    this.sent(now);
  }

  /** What was sent has an outcome. If it was of an earlier version, the present one does not wait for it any longer. */
  finished(now: number): void {
    if (this.#sentVersion === 0 || this.#sentVersion === this.#version) this.sent(now);
  }

  /** It was sent, or could not be: from now on the device has time to report it. */
  sent(now: number): void {
    this.#differed = true;
    this.tries = Math.max(1, this.tries);
    this.due = now + Math.min(desiredRetry * 2 ** (this.tries - 1), desiredRetryMax);
  }

  /** The device reports it. Returns whether it did not before. What is sent next is not sent earlier for this. */
  reached(): boolean {
    const differed = this.#differed;
    this.#differed = false;
    this.tries = 0;
    return differed;
  }

  /** Calls `look` when it is due. */
  wait(clock: Clock, look: () => void): void {
    clock.clear(this.#timer);
    if (this.#ended) return;
    this.#timer = clock.after(Math.max(0, this.due - clock.monotonic()), look);
  }

  /** The link has ended. */
  end(clock: Clock): void {
    this.#ended = true;
    clock.clear(this.#timer);
  }
}
