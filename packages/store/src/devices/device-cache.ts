import { BoundedMap } from '../bounded-map.ts';
import { storeLimits } from '../limits.ts';
import type { Device } from '../types.ts';

/** All sub-devices of one gateway by address: an address that is missing here does not exist. */
export type SubDevices = ReadonlyMap<string, Device>;

/** Devices held in memory: single ones by name, and the sub-devices of gateways by address. */
export class DeviceCache {
  readonly #byName: BoundedMap<string, Device>;
  readonly #byGateway = new Map<string, SubDevices>();
  readonly #subDeviceLimit: number;
  #subDevices = 0;

  constructor(limits: { devices: number; subDevices: number } = defaults()) {
    this.#byName = new BoundedMap(limits.devices);
    this.#subDeviceLimit = limits.subDevices;
  }

  get(name: string): Device | undefined {
    return this.#byName.get(name);
  }

  add(device: Device): void {
    this.#byName.set(device.name, device);
  }

  gateway(name: string): SubDevices | undefined {
    return this.#byGateway.get(name);
  }

  /** Keeps a gateway's sub-devices, unless they alone are more than there is room for. */
  addGateway(name: string, subDevices: SubDevices): void {
    this.#removeGateway(name);
    if (subDevices.size > this.#subDeviceLimit) return;
    this.#byGateway.set(name, subDevices);
    // An empty list takes room too: gateways without sub-devices are bounded like those with one.
    this.#subDevices += Math.max(1, subDevices.size);
    for (const other of this.#byGateway.keys()) {
      if (this.#subDevices <= this.#subDeviceLimit) break;
      if (other !== name) this.#removeGateway(other);
    }
  }

  /** Forgets a device that was changed or removed. */
  remove(device: { name: string; parent?: string | undefined }): void {
    this.#byName.delete(device.name);
    this.#removeGateway(device.parent ?? device.name);
  }

  clear(): void {
    this.#byName.clear();
    this.#byGateway.clear();
    this.#subDevices = 0;
  }

  #removeGateway(name: string): void {
    const subDevices = this.#byGateway.get(name);
    if (subDevices === undefined) return;
    this.#byGateway.delete(name);
    this.#subDevices -= Math.max(1, subDevices.size);
  }
}

function defaults() {
  const { devicesCached, subDevicesCached } = storeLimits.values;
  return { devices: devicesCached, subDevices: subDevicesCached };
}
