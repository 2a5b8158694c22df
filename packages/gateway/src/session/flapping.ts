/** Detects devices whose links compete: two devices share a token, or one device connects again and again. */
import type { FairleadError } from '@fairlead/core';
import { gatewayErrors } from '../catalogue.ts';
import { gatewayLimits } from '../limits.ts';
import type { Device } from '../ports.ts';

const { flapReplacements, flapWindow, flapDevices } = gatewayLimits.values;

/** A second link of a device that has one. */
export interface Contest {
  /** `replaced`: the second link has taken the place of the first. `claimed`: it was refused. */
  readonly event: 'replaced' | 'claimed';
  /** Addresses of both. */
  readonly earlier: string;
  readonly remote: string;
}

interface Contests {
  /** Monotonic milliseconds: when the window began, when the last contest was, and when it was told last. */
  since: number;
  last: number;
  told: number;
  count: number;
  warning: FairleadError | undefined;
}

/** Counts the recent contests of each device. */
export class Flapping {
  /** By the id of the device; the least recent contest first. */
  readonly #devices = new Map<string, Contests>();

  /**
   * Adds a contest. Returns the count and DEVICE_FLAPS if a warning is due: from the third contest of a window on, once in each
   * window.
   *
   * @param now monotonic milliseconds
   */
  add(device: Device, contest: Contest, now: number): { count: number; error: FairleadError } | undefined {
    const contests = this.#of(device.id);
    if (now - contests.since >= flapWindow) {
      contests.since = now;
      contests.count = 0;
    }
    contests.last = now;
    const count = ++contests.count;
    if (count < flapReplacements || now - contests.told < flapWindow) return undefined;
    contests.told = now;
    const error = gatewayErrors.error('DEVICE_FLAPS', { device: device.name, count, ...contest });
    contests.warning = error;
    return { count, error };
  }

  /** The warning that is true now. @param id of the device */
  warning(id: string, now: number): FairleadError | undefined {
    const contests = this.#devices.get(id);
    return contests !== undefined && goesOn(contests, now) ? contests.warning : undefined;
  }

  /** How many devices flap now. */
  count(now: number): number {
    let count = 0;
    for (const contests of this.#devices.values()) if (goesOn(contests, now)) count++;
    return count;
  }

  #of(id: string): Contests {
    const never = Number.NEGATIVE_INFINITY;
    const contests = this.#devices.get(id) ?? {
      since: never,
      last: never,
      told: never,
      count: 0,
      warning: undefined,
    };
    this.#devices.delete(id);
    this.#devices.set(id, contests);
    const [oldest] = this.#devices.keys();
    if (this.#devices.size > flapDevices) this.#devices.delete(oldest as string);
    return contests;
  }
}

/** It was told lately, and has not stopped since. */
const goesOn = ({ last, told }: Contests, now: number): boolean =>
  now - last < flapWindow && now - told < 2 * flapWindow;
