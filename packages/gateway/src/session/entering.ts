import type { SessionLink } from './session.ts';

/** Links whose device is known and which are not its session yet: its scripts are loaded, its session is claimed. */
export class Entering {
  /** By the name of the device. */
  readonly #links = new Map<string, Set<SessionLink>>();
  readonly #devices = new Map<SessionLink, string>();

  add(device: string, link: SessionLink): void {
    const links = this.#links.get(device) ?? new Set();
    this.#links.set(device, links.add(link));
    this.#devices.set(link, device);
  }

  delete(link: SessionLink): void {
    const device = this.#devices.get(link);
    if (device === undefined) return;
    this.#devices.delete(link);
    const links = this.#links.get(device);
    links?.delete(link);
    if (links?.size === 0) this.#links.delete(device);
  }

  of(device: string): Iterable<SessionLink> {
    return this.#links.get(device) ?? [];
  }
}
