import { gatewayLimits } from '../limits.ts';
import type { RateTerms } from '../ports.ts';
import { Rate } from './rate.ts';
import type { DeviceSession } from './session.ts';

const { rateDevices } = gatewayLimits.values;

/** The rates of one device: its own alone, else that of its listener and that of its profile. */
class DeviceRates {
  listener: Rate | undefined;
  own: Rate | undefined;
  session: DeviceSession;
  /** Bytes of its link that are counted. */
  bytes = 0;

  constructor(session: DeviceSession) {
    this.session = session;
  }
}

/**
 * How much devices send. What a device has used goes with it from one link to the next, so that it gains nothing when it connects
 * again.
 */
export class Rates {
  /** Rates of each listener whose devices have one. */
  readonly #listeners: (listener: string) => RateTerms | undefined;
  /** Of devices that are connected, by id. */
  readonly #live = new Map<string, DeviceRates>();
  /** Of devices that were connected and had used something, by id; the one that left first is the first. */
  readonly #left = new Map<string, DeviceRates>();

  constructor(listeners: (listener: string) => RateTerms | undefined) {
    this.#listeners = listeners;
  }

  /** Whether a rate holds for the session. What it sends while none does counts for none. */
  limits(session: DeviceSession): boolean {
    const { listener, device } = session;
    const rate = device.rate ?? device.profile.rate ?? this.#listeners(listener);
    session.unlimited ||= rate === undefined;
    return rate !== undefined;
  }

  /** The rates that hold for the session, as they are now, and the bytes that came since the last call. */
  of(session: DeviceSession, now: number): { readonly rates: readonly Rate[]; readonly bytes: number } {
    const { device } = session;
    const ofListener = device.rate === undefined ? this.#listeners(session.listener) : undefined;
    const ofDevice = device.rate ?? device.profile.rate;
    const known = this.#known(session);
    if (session.unlimited) known.bytes = session.link.bytesIn;
    session.unlimited = false;
    known.listener = renewed(known.listener, ofListener, 'listener', now);
    known.own = renewed(known.own, ofDevice, device.rate === undefined ? 'profile' : 'own setting', now);
    const bytes = session.link.bytesIn - known.bytes;
    known.bytes += bytes;
    return { rates: [known.listener, known.own].filter((rate) => rate !== undefined), bytes };
  }

  #known(session: DeviceSession): DeviceRates {
    const { id } = session.device;
    const known = this.#live.get(id) ?? this.#left.get(id) ?? new DeviceRates(session);
    if (known.session !== session) {
      known.session = session;
      known.bytes = 0;
      this.#left.delete(id);
    }
    this.#live.set(id, known);
    return known;
  }

  /** The session has ended. */
  forget(session: DeviceSession, now: number): void {
    const { id } = session.device;
    const known = this.#live.get(id);
    if (known?.session !== session) return; // the device has a newer one
    this.#live.delete(id);
    if ([known.listener, known.own].every((rate) => rate?.unused(now) !== false)) return;
    this.#left.set(id, known);
    const [first] = this.#left.keys();
    if (this.#left.size > rateDevices) this.#left.delete(first as string);
  }
}

/** The rate goes on while its terms are the same. */
function renewed(
  rate: Rate | undefined,
  terms: RateTerms | undefined,
  whose: string,
  now: number,
): Rate | undefined {
  if (terms === undefined) return undefined;
  const same = rate !== undefined && sameTerms(rate.terms, terms);
  return same ? rate : new Rate(terms, whose, now);
}

const sameTerms = (a: RateTerms, b: RateTerms): boolean =>
  a.messages === b.messages && a.bytes === b.bytes && a.per === b.per && a.exceeded === b.exceeded;
