import type { Tap, TapObserver } from '../api.ts';
import { gatewayErrors } from '../catalogue.ts';
import type { Device } from '../ports.ts';
import type { SessionLink } from '../session/session.ts';
import type { LinkWatch } from '../watch-port.ts';
import { shownTap } from './shown-tap.ts';
import type { Taps } from './taps.ts';

/** Where the links of a target are found. */
interface Places {
  /** An open link, by its id. */
  link(id: string): SessionLink | undefined;
  device(name: string): Device | undefined;
  linkOf(device: string): SessionLink | undefined;
  /** Whether the inbox has an entry with this id, and the link on which its device waits. */
  entry(id: string): { readonly link: SessionLink | undefined } | undefined;
}

/** What can be watched: an open link, a device on all its links, an unknown device that waits. */
export class Watches {
  readonly #taps: Taps;
  readonly #places: Places;

  constructor(taps: Taps, places: Places) {
    this.#taps = taps;
    this.#places = places;
  }

  /** Throws TAP_TARGET_UNKNOWN or TAPS_FULL. */
  tap(target: string, observe: TapObserver): Tap {
    return this.#open(target, shownTap(observe), false);
  }

  /** Throws TAP_TARGET_UNKNOWN or TAPS_FULL. */
  watch(target: string, watch: LinkWatch): Tap {
    return this.#open(target, watch, true);
  }

  /** @param comes whether what comes before the device of a link is known is wanted, and entries of the inbox */
  #open(target: string, watch: LinkWatch, comes: boolean): Tap {
    const [taps, places] = [this.#taps, this.#places];
    const open = places.link(target);
    if (open !== undefined) return taps.open(target, watch, [open], false);
    const device = places.device(target);
    if (device !== undefined) {
      const owner = device.type === 'sub' ? (device.parent ?? '') : target;
      const link = places.linkOf(owner);
      return taps.open(owner, watch, link === undefined ? [] : [link], comes);
    }
    const entry = comes ? places.entry(target) : undefined;
    if (entry === undefined) throw gatewayErrors.error('TAP_TARGET_UNKNOWN', { target });
    return taps.open(target, watch, entry.link === undefined ? [] : [entry.link], true);
  }
}
