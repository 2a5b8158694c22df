import { type Clock, isFairleadError } from '@fairlead/core';
import { indiErrors } from '../catalogue.ts';
import { indiLimits } from '../limits.ts';
import type { Source } from './source.ts';

interface OwnersEvents {
  /** A source defined a new device. */
  changed(): void;
  complain(source: Source, error: Error): void;
}

/**
 * Which source serves a device: the one that defined it first; own drivers have precedence over chained servers. Elements
 * of other sources for the device are dropped, so that no element circulates in a ring of chained servers.
 *
 * Elements that arrive over a ring shortly after the device was removed here are dropped too: they are echoes of our own
 * last elements, and would circulate because nobody owns the device any more.
 *
 *     A: set, del --> B: set, del --> C: set --> A, which has forgotten the device
 */
export class Owners {
  readonly #owners = new Map<string, Source>();
  /** Removed devices, with their source and the time (monotonic milliseconds); the oldest first. */
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

  /** Whether an element of the source for the device is accepted; the source then owns the device. */
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

  /** The source removed its device. */
  forget(source: Source, device: string): void {
    source.devices.delete(device);
    this.#owners.delete(device);
    this.#gone.delete(device);
    this.#gone.set(device, { source, at: this.#clock.monotonic() });
    if (this.#gone.size > indiLimits.values.devices)
      this.#gone.delete(this.#gone.keys().next().value as string);
  }

  /** Reported once per start: two drivers for one device are a mistake; servers in a ring are not. */
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
