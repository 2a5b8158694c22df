import { type Clock, isFairleadError } from '@fairlead/core';
import { indiErrors } from '../catalogue.ts';
import { indiLimits } from '../limits.ts';
import type { Source } from './source.ts';

interface OwnersEvents {
  /** A source shows a device that it did not before. */
  changed(): void;
  complain(source: Source, error: Error): void;
}

/**
 * Which source serves a device: the one that showed it first, a driver of our own before a chain. What another one says
 * of it is not taken, so that servers chained in a ring do not pass the same element round for ever.
 *
 * Nor is what comes over a ring shortly after the device has gone from here: it is the last that we said of it ourselves,
 * and would go round with nobody left to stop it.
 *
 *     A: set, del --> B: set, del --> C: set --> A, which has forgotten the device
 */
export class Owners {
  readonly #owners = new Map<string, Source>();
  /** Devices that went, by whom and when (monotonic milliseconds); the oldest first. */
  readonly #gone = new Map<string, { readonly source: Source; readonly at: number }>();
  readonly #clock: Clock;
  readonly #events: OwnersEvents;

  constructor(clock: Clock, events: OwnersEvents) {
    this.#clock = clock;
    this.#events = events;
  }

  get(device: string): Source | undefined {
    return this.#owners.get(device);
  }

  has(device: string): boolean {
    return this.#owners.has(device);
  }

  /** Whether what the source says of a device counts; it owns the device from then on. */
  take(source: Source, device: string): boolean {
    const owner = this.#owners.get(device);
    if (owner === source) return true;
    if (device === '' || (source.only !== undefined && source.only !== device)) return false;
    if (owner !== undefined && (owner.kind === 'driver' || source.kind === 'chain')) {
      if (source.kind === 'driver') this.#tellTaken(source, device, owner);
      return false;
    }
    if (this.#isEcho(source, device)) return false;
    const limit = indiLimits.values.devices;
    if (source.devices.size >= limit) {
      this.#events.complain(source, indiErrors.error('TOO_MANY_DEVICES', { limit }));
      return false;
    }
    owner?.devices.delete(device);
    this.#owners.set(device, source);
    source.devices.add(device);
    this.#events.changed();
    return true;
  }

  /** The source says that its device has gone. */
  forget(source: Source, device: string): void {
    source.devices.delete(device);
    this.#owners.delete(device);
    this.#gone.delete(device);
    this.#gone.set(device, { source, at: this.#clock.monotonic() });
    if (this.#gone.size > indiLimits.values.devices)
      this.#gone.delete(this.#gone.keys().next().value as string);
  }

  /** Once, until it is started again: two drivers of one device are a mistake; servers in a ring are not. */
  #tellTaken(source: Source, device: string, owner: Source): void {
    if (isFairleadError(source.warning, 'DEVICE_TAKEN')) return;
    source.warning = indiErrors.error('DEVICE_TAKEN', { driver: source.name, device, owner: owner.name });
    this.#events.complain(source, source.warning);
  }

  #isEcho(source: Source, device: string): boolean {
    const gone = this.#gone.get(device);
    if (gone === undefined || gone.source === source) return false;
    if (!isFairleadError(source.warning, 'CHAIN_LOOP')) return false;
    return this.#clock.monotonic() - gone.at < indiLimits.values.ringEcho;
  }
}
