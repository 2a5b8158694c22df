import type { Profile } from '../ports.ts';

/** How many frames a device may send within a time. */
export class Rate {
  #left: number;
  #since: number;

  /** @param now monotonic milliseconds */
  constructor({ messages }: NonNullable<Profile['rate']>, now: number) {
    this.#left = messages;
    this.#since = now;
  }

  /** Counts frames. Returns the milliseconds until the device may send more; 0: it may. */
  take(frames: number, { messages, per }: NonNullable<Profile['rate']>, now: number): number {
    this.#left = Math.min(messages, this.#left + ((now - this.#since) * messages) / per) - frames;
    this.#since = now;
    return this.#left >= 0 ? 0 : Math.ceil((-this.#left * per) / messages);
  }
}
