import { Fifo } from '@fairlead/core';
import { thingspanelErrors } from '../catalogue.ts';
import { thingspanelLimits } from '../limits.ts';

const { lookUps, lookUpsWaiting } = thingspanelLimits.values;

/** Look-ups under way: one a token, and a bounded number at the same time. */
export class LookUps<T> {
  readonly #running = new Map<string, Promise<T>>();
  readonly #waiting = new Fifo<() => void>();
  #free = lookUps;

  /** Those who ask for the same token meanwhile get the same answer. Rejects with THINGSPANEL_BUSY, or as `work` does. */
  run(token: string, work: () => Promise<T>): Promise<T> {
    const running = this.#running.get(token);
    if (running !== undefined) return running;
    const promise = this.#inTurn(work).finally(() => this.#running.delete(token));
    this.#running.set(token, promise);
    return promise;
  }

  async #inTurn(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else if (this.#waiting.length >= lookUpsWaiting)
      throw thingspanelErrors.error('THINGSPANEL_BUSY', { limit: lookUpsWaiting });
    else await new Promise<void>((go) => this.#waiting.push(go));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }
}
