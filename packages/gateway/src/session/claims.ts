import type { Device, SessionRegistry } from '../ports.ts';

/**
 * Claims of sessions that are under way. A loss may arrive before the claim that it is about has resolved: it is kept
 * until then, as otherwise two nodes would hold the device.
 */
export class Claims {
  readonly #registry: SessionRegistry;
  /** By the id of the device: how many claims are under way, and the highest epoch that was lost meanwhile. */
  readonly #pending = new Map<string, { claims: number; lost: number }>();

  constructor(registry: SessionRegistry) {
    this.#registry = registry;
    registry.onLost((id, epoch) => {
      const pending = this.#pending.get(id);
      if (pending !== undefined) pending.lost = Math.max(pending.lost, epoch);
    });
  }

  /**
   * Claims a session and returns what `enter` makes of it. `enter` is called with the epoch, and with whether another
   * node has taken the session over already; later losses are told by the registry alone.
   */
  async claim<T>(
    device: Device,
    since: number,
    signal: AbortSignal,
    enter: (epoch: number, lost: boolean) => T,
  ): Promise<T> {
    const pending = this.#pending.get(device.id) ?? { claims: 0, lost: 0 };
    this.#pending.set(device.id, pending);
    pending.claims++;
    try {
      const { epoch } = await this.#registry.claim(device, since, signal);
      return enter(epoch, epoch <= pending.lost);
    } finally {
      if (--pending.claims === 0) this.#pending.delete(device.id);
    }
  }
}
