import type { DesiredStore, StoredDesired } from '../desired-ports.ts';

/** Desired states of a gateway without a store: they are lost when the process ends. */
export class MemoryDesired implements DesiredStore {
  readonly #all = new Map<string, StoredDesired>();

  devices(): readonly string[] {
    return [...this.#all].filter(([, { json }]) => json !== '{}').map(([id]) => id);
  }

  get(deviceId: string): StoredDesired | undefined {
    return this.#all.get(deviceId);
  }

  async change(
    deviceId: string,
    change: (current: StoredDesired | undefined) => StoredDesired | undefined,
  ): Promise<StoredDesired | undefined> {
    const next = change(this.#all.get(deviceId));
    if (next !== undefined) this.#all.set(deviceId, next);
    return this.#all.get(deviceId);
  }
}
