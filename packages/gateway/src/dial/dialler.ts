import { asFairleadError, type FairleadError, Fifo, type Timer } from '@fairlead/core';
import type { DialFailure } from '../api.ts';
import { gatewayErrors } from '../catalogue.ts';
import type { Guest, HeldLink, HoldOptions, Visit } from '../guest-api.ts';
import { gatewayLimits } from '../limits.ts';
import type { Device, DeviceDirectory } from '../ports.ts';
import type { DeviceSession } from '../session/session.ts';
import type { DialledLink } from './dialled-link.ts';
import { type DialPorts, Station } from './station.ts';

const limits = gatewayLimits.values;
/** Milliseconds between the starts of `limits.dialPace` links. */
const PACE = 10;

type Ports = Omit<DialPorts, 'number' | 'left' | 'events'> & {
  readonly events: Omit<DialPorts['events'], 'pushed'>;
};

/** Keeps the links to all devices that have an endpoint. Devices with the same endpoint and framing share one. */
export class Dialler {
  readonly #ports: DialPorts;
  readonly #directory: DeviceDirectory;
  /** By endpoint and framing. */
  readonly #stations = new Map<string, Station>();
  /** By the name of the device: the key of its station. */
  readonly #keys = new Map<string, string>();
  readonly #starting = new Fifo<Station>();
  /** By the name of the device: who sees what it sends unasked. */
  readonly #guests = new Map<string, Set<Guest>>();
  #timer: Timer | undefined;
  #links = 0;
  #started = false;

  constructor(directory: DeviceDirectory, ports: Ports) {
    this.#directory = directory;
    this.#ports = {
      ...ports,
      events: {
        ...ports.events,
        pushed: ({ device }, frame) => this.#tell(device.name, (guest) => guest.frame(frame)),
        closed: (link, cause) => {
          ports.events.closed(link, cause);
          const name = (link.data as DeviceSession | undefined)?.device.name;
          if (name !== undefined) this.#tell(name, (guest) => guest.lost(cause));
        },
      },
      number: () => ++this.#links,
      left: (device) => queueMicrotask(() => this.refresh(device)),
    };
  }

  /** Dials all devices, and from now on those that are added. */
  start(): void {
    this.#started = true;
    for (const device of this.#directory.dialled?.() ?? []) this.#add(device);
  }

  /** The device was added, changed or removed. */
  refresh(name: string): void {
    if (!this.#started) return;
    const device = this.#directory.byName(name);
    const before = this.#keys.get(name);
    const key = device?.endpoint === undefined ? undefined : keyOf(device);
    if (before !== undefined && before !== key) this.#remove(name, before);
    if (device !== undefined && key !== undefined) this.#add(device);
  }

  /** The profile was changed: its framing may be another. */
  profileChanged(profile: string): void {
    if (!this.#started) return;
    for (const device of this.#directory.dialled?.() ?? [])
      if (device.profile.name === profile) this.refresh(device.name);
  }

  session(device: string): DeviceSession | undefined {
    return this.#stations.get(this.#keys.get(device) ?? '')?.session(device);
  }

  /** Why the device cannot be reached, since its last link. */
  failure(device: string): DialFailure | undefined {
    return this.#stations.get(this.#keys.get(device) ?? '')?.failure;
  }

  /**
   * Lends the link to a device to a guest alone, in its turn. Rejects with DOWNLINK_DEVICE_UNKNOWN, DEVICE_NOT_DIALLED,
   * DEVICE_OFFLINE, or as the line does.
   */
  async hold(device: string, guest: Guest, options: HoldOptions): Promise<HeldLink> {
    const session = this.session(device);
    const line = this.#line(device);
    if (session === undefined || line === undefined) throw this.#absence(device);
    return line.hold(session, guest, options);
  }

  /** From now on the guest sees what the device sends unasked, over all its links, until the visit ends. */
  visit(device: string, guest: Guest): Visit {
    const guests = this.#guests.get(device) ?? new Set();
    this.#guests.set(device, guests.add(guest));
    const absence = () => this.#absence(device);
    const session = () => this.session(device);
    const line = () => this.#line(device);
    return {
      get link() {
        const { link, codec } = session() ?? {};
        return link && codec && { remote: link.remote, framing: codec.name };
      },
      get cause() {
        return session() === undefined ? absence() : undefined;
      },
      async send(bytes) {
        const [to, over] = [session(), line()];
        if (to === undefined || over === undefined) throw absence();
        await over.write(to, [{ send: bytes, expect: [], answer: false }]);
      },
      [Symbol.dispose]: () => {
        guests.delete(guest);
        if (guests.size === 0 && this.#guests.get(device) === guests) this.#guests.delete(device);
      },
    };
  }

  #line(device: string) {
    return this.#stations.get(this.#keys.get(device) ?? '')?.line(device);
  }

  /** Why there is no link to the device. */
  #absence(name: string): FairleadError {
    const device = this.#directory.byName(name);
    if (device === undefined) return gatewayErrors.error('DOWNLINK_DEVICE_UNKNOWN', { device: name });
    const code = device.endpoint === undefined ? 'DEVICE_NOT_DIALLED' : 'DEVICE_OFFLINE';
    return gatewayErrors.error(code, { device: name });
  }

  #tell(device: string, tell: (guest: Guest) => void): void {
    const guests = this.#guests.get(device);
    if (guests !== undefined) for (const guest of [...guests]) tell(guest);
  }

  *links(): Generator<DialledLink, void, undefined> {
    for (const station of this.#stations.values()) yield* station.links();
  }

  find(id: string): DialledLink | undefined {
    for (const link of this.links()) if (link.id === id) return link;
    return undefined;
  }

  /** Ends the link of which this is a part, for all its devices. It is opened again. */
  kill(link: DialledLink, cause: FairleadError): void {
    this.#stations.get(this.#keys.get(link.data.device.name) ?? '')?.cut(cause);
  }

  async close(): Promise<void> {
    this.#started = false;
    this.#ports.clock.clear(this.#timer);
    await Promise.all(Array.from(this.#stations.values(), (station) => station.close()));
    this.#stations.clear();
    this.#keys.clear();
  }

  #add(device: Device): void {
    const key = keyOf(device);
    let station = this.#stations.get(key);
    const { name, endpoint = '' } = device;
    if (station !== undefined && station.size >= limits.lineDevices && this.#keys.get(name) !== key) {
      const error = gatewayErrors.error('LINK_SHARED_FULL', {
        device: name,
        endpoint,
        limit: limits.lineDevices,
      });
      this.#ports.log.error({ device: name, code: error.code }, error.message);
      return;
    }
    this.#keys.set(name, key);
    const isNew = station === undefined;
    station ??= new Station(endpoint, this.#ports);
    this.#stations.set(key, station);
    station.add(device);
    if (!isNew) return;
    this.#starting.push(station);
    if (this.#timer === undefined) this.#startSome();
  }

  /** Links that are opened at once would also be asked at once from then on. */
  #startSome(): void {
    this.#timer = undefined;
    if (this.#starting.length === 0) return;
    for (let i = 0; i < limits.dialPace; i++) this.#starting.shift()?.start();
    this.#timer = this.#ports.clock.after(PACE, () => this.#startSome());
  }

  #remove(name: string, key: string): void {
    this.#keys.delete(name);
    const station = this.#stations.get(key);
    station?.remove(name, gatewayErrors.error('DEVICE_CHANGED'));
    if (station === undefined || station.size > 0) return;
    this.#stations.delete(key);
    station.close().catch((error: unknown) => {
      const { code, message } = asFairleadError(error);
      this.#ports.log.error({ device: name, code }, message);
    });
  }
}

const keyOf = ({ endpoint, profile: { framing = 'raw' } }: Device): string => `${endpoint} ${framing}`;
