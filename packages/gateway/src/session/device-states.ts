import { gatewayLimits } from '../limits.ts';
import type { Device, DeviceStateStore } from '../ports.ts';

const { deviceStates } = gatewayLimits.values;

/** What scripts keep of devices across links, as JSON text. The least recently used are left to the store, if there is one. */
export class DeviceStates {
  readonly #store: DeviceStateStore | undefined;
  /** By the id of the device, the least recently used first. `''`: it has none. */
  readonly #states = new Map<string, string>();
  #size = 0;

  constructor(store: DeviceStateStore | undefined) {
    this.#store = store;
  }

  get(device: Device): string | undefined {
    const { id } = device;
    const known = this.#states.get(id);
    const state = known ?? this.#store?.get(device) ?? '';
    if (known === undefined) this.#keep(id, state);
    return state === '' ? undefined : state;
  }

  set(device: Device, state: string): void {
    this.#forget(device.id);
    this.#keep(device.id, state);
    this.#store?.put(device, state);
  }

  #keep(id: string, state: string): void {
    this.#states.set(id, state);
    this.#size += sizeOf(id, state);
    for (const oldest of this.#states.keys()) {
      if (this.#size <= deviceStates) return;
      this.#forget(oldest);
    }
  }

  #forget(id: string): void {
    const state = this.#states.get(id);
    if (state === undefined) return;
    this.#states.delete(id);
    this.#size -= sizeOf(id, state);
  }
}

/** Characters, and some for the entry itself. */
const sizeOf = (id: string, state: string): number => id.length + state.length + 64;
