import { type Clock, isFairleadError, milliseconds, pause } from '@fairlead/core';
import type { RetryOptions } from '../connection/connection.ts';
import { indiLimits } from '../limits.ts';
import type { DeviceHost } from '../property/host.ts';
import type { NumberVector } from '../property/property.ts';

const MOST = 10_000;
/** Seconds. */
const SHORTEST = 1;
const LONGEST = 3_600;

/** CONNECTION_RETRY: the number of attempts to connect a device before CONNECTION becomes Alert. */
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

  /** Whether to try again after `failed` failed attempts, the last with `error`. */
  again(failed: number, error: unknown): boolean {
    const attempts = this.property.get('ATTEMPTS');
    const hopeless = isFairleadError(error) && !error.retryable;
    return !hopeless && (attempts === 0 || failed < attempts);
  }

  /** Text for messages: the number of the attempt and the time until the next one. */
  words(failed: number): { readonly attempt: string; readonly next: string } {
    const attempts = this.property.get('ATTEMPTS');
    const of = attempts === 0 ? '' : ` of ${attempts}`;
    return { attempt: `Attempt ${failed}${of}`, next: `The next one is in ${this.property.get('DELAY')} s.` };
  }

  /** Waits until the next attempt is due. Resolves at once when the signal is aborted. */
  pause(signal: AbortSignal): Promise<void> {
    return pause(this.#clock(), this.property.get('DELAY') * 1_000, signal);
  }
}
