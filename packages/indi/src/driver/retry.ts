import { type Clock, isFairleadError, milliseconds } from '@fairlead/core';
import type { RetryOptions } from '../connection/connection.ts';
import { indiLimits } from '../limits.ts';
import type { DeviceHost } from '../property/host.ts';
import type { NumberVector } from '../property/property.ts';

const MOST = 10_000;
/** Seconds. */
const SHORTEST = 1;
const LONGEST = 3_600;

/** CONNECTION_RETRY: how often a device that is not there yet is tried, before CONNECTION is Alert. */
export class Retry {
  readonly property: NumberVector<'ATTEMPTS' | 'DELAY'>;
  readonly #clock: () => Clock;

  constructor(device: DeviceHost, options: RetryOptions) {
    const { connectAttempts, connectDelay } = indiLimits.values;
    const { attempts = connectAttempts, delay = connectDelay } = options;
    const seconds = Math.max(SHORTEST, milliseconds(delay, 'retry.delay') / 1_000);
    this.#clock = () => device.clock;
    this.property = device.numbers('CONNECTION_RETRY', {
      label: 'Retry',
      group: 'Connection',
      persistent: true,
      members: {
        ATTEMPTS: {
          label: 'Attempts (0: no end)',
          format: '%.f',
          min: 0,
          max: MOST,
          step: 1,
          value: attempts,
        },
        DELAY: { label: 'Delay (s)', format: '%g', min: SHORTEST, max: LONGEST, step: 1, value: seconds },
      },
    });
  }

  /** Whether another attempt is worth it, after so many that failed, the last of them for this reason. */
  again(failed: number, error: unknown): boolean {
    const attempts = this.property.get('ATTEMPTS');
    const hopeless = isFairleadError(error) && !error.retryable;
    return !hopeless && (attempts === 0 || failed < attempts);
  }

  /** For people: which attempt of how many, and when the next one is. */
  words(failed: number): { readonly attempt: string; readonly next: string } {
    const attempts = this.property.get('ATTEMPTS');
    const of = attempts === 0 ? '' : ` of ${attempts}`;
    return { attempt: `Attempt ${failed}${of}`, next: `The next one is in ${this.property.get('DELAY')} s.` };
  }

  /** Waits until the next attempt is due. Resolves at once when the signal is aborted. */
  pause(signal: AbortSignal): Promise<void> {
    const clock = this.#clock();
    return new Promise((resolve) => {
      const done = (): void => {
        clock.clear(timer);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = clock.after(this.property.get('DELAY') * 1_000, done);
      signal.addEventListener('abort', done, { once: true });
      if (signal.aborted) done();
    });
  }
}
