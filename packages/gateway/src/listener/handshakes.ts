import { gatewayErrors } from '../catalogue.ts';
import { gatewayLimits } from '../limits.ts';
import type { DeviceLink } from '../session/session.ts';

/** Links whose devices are not known yet. Limits what they may hold over all: silent links do not keep devices out. */
export class Handshakes {
  /** Oldest first. */
  readonly #links = new Set<DeviceLink>();

  /** Adds a link, and closes the oldest if there are too many. */
  add(link: DeviceLink): void {
    const limit = gatewayLimits.values.handshakes;
    this.#links.add(link);
    if (this.#links.size <= limit) return;
    const [oldest] = this.#links;
    if (oldest === undefined) return;
    this.#links.delete(oldest);
    oldest.destroy(gatewayErrors.error('HANDSHAKES_FULL', { limit }));
  }

  delete(link: DeviceLink): void {
    this.#links.delete(link);
  }
}
