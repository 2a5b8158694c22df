/** How the process and its disk are: what an operator sees beside the devices. */
import { statfsSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { ServiceStatus } from '@fairlead/api';
import type { Clock } from '@fairlead/core';

type Health = ServiceStatus['process'];

/** Milliseconds for which an answer is good. */
const FRESH = 5_000;
/** Milliseconds between two looks at the event loop. */
const RESOLUTION = 20;
const PER_MILLISECOND = 1e6;

export class ProcessHealth implements Disposable {
  readonly #data: string;
  readonly #clock: Clock;
  #delay: ReturnType<typeof monitorEventLoopDelay> | undefined;
  #last: { readonly at: number; readonly health: Health } | undefined;

  /** @param data the data folder */
  constructor(data: string, clock: Clock) {
    this.#data = data;
    this.#clock = clock;
  }

  /** The event loop is watched from the first call on. */
  read(): Health {
    const now = this.#clock.monotonic();
    if (this.#last !== undefined && now - this.#last.at < FRESH) return this.#last.health;
    const health = { loopDelay: this.#loopDelay(), memory: process.memoryUsage.rss(), ...this.#disk() };
    this.#last = { at: now, health };
    return health;
  }

  [Symbol.dispose](): void {
    this.#delay?.disable();
  }

  /** Since the look before. */
  #loopDelay(): number {
    if (this.#delay === undefined) {
      this.#delay = monitorEventLoopDelay({ resolution: RESOLUTION });
      this.#delay.enable();
      return 0;
    }
    const nanoseconds = this.#delay.percentile(99);
    this.#delay.reset();
    return Math.max(0, Math.round((nanoseconds / PER_MILLISECOND - RESOLUTION) * 10) / 10);
  }

  #disk(): Pick<Health, 'diskFree' | 'diskSize'> {
    try {
      const { bavail, blocks, bsize } = statfsSync(this.#data);
      return { diskFree: bavail * bsize, diskSize: blocks * bsize };
    } catch {
      return {}; // some file systems do not say it
    }
  }
}
