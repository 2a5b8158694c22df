import { indiErrors } from '../catalogue.ts';
import type { AnyProperty } from '../property/property.ts';

/**
 * Requests to a device that moves, one at a time and in order, for all its properties: the commands of a goto never mix
 * with those of parking. A stop request does not wait. Earlier requests that would move the device after it are
 * dropped, or their motion is stopped again.
 */
export class RequestQueue {
  readonly #device: string;
  #tail: Promise<unknown> = Promise.resolve();
  #stops = 0;
  /** The number of stops before the present request arrived. */
  #since = 0;

  /** @param vectors the properties whose handlers take turns from now on */
  constructor(device: string, vectors: readonly AnyProperty[]) {
    this.#device = device;
    for (const vector of vectors) {
      const { handler } = vector;
      if (handler === undefined) continue;
      vector.onNew((values, of) => {
        const since = this.#stops;
        const done = this.#tail.then(() => {
          this.#since = since;
          return handler(values, of);
        });
        this.#tail = done.then(
          () => undefined,
          () => undefined,
        );
        return done;
      });
    }
  }

  /** No earlier request may move the device from now on. */
  stop(): void {
    this.#stops++;
  }

  /**
   * Called by a handler. Throws `MOTION_STOPPED` if there was a stop since its request arrived, before or while the
   * device was commanded.
   */
  async unlessStopped(go: () => Promise<void>, stop: () => Promise<void>): Promise<void> {
    const since = this.#since;
    if (since !== this.#stops) throw this.#stopped();
    await go();
    if (since === this.#stops) return;
    await stop();
    throw this.#stopped();
  }

  #stopped(): Error {
    return indiErrors.error('MOTION_STOPPED', { device: this.#device });
  }
}
