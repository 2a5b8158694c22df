import { asFairleadError, type Clock, type Log, nestsDeeper, type Timer } from '@fairlead/core';
import { gatewayErrors } from '../catalogue.ts';
import type {
  DesiredChange,
  DesiredControl,
  DesiredState,
  DesiredStore,
  JsonObject,
  ReportedValues,
  StoredDesired,
} from '../desired-ports.ts';
import type { AttachedSession, KeptDownlink } from '../downlink-ports.ts';
import { gatewayLimits } from '../limits.ts';
import type { Device, DeviceDirectory, DownlinkInput, Uplink, UplinkObserver } from '../ports.ts';
import { difference, isObject, merged } from './difference.ts';
import { Pursuit } from './pursuit.ts';

const { desiredDepth, desiredPause, desiredSlice, desiredTries, keptDefault, keptValues } =
  gatewayLimits.values;

/** The key of each downlink that is made for a desired state: this, and a number. */
const KEY = 'desired:';

/** The part of the ledger that desired states are sent with. */
interface Ledger {
  put(
    device: Device,
    owner: Device,
    input: DownlinkInput,
    options: { readonly ttl: number; readonly key: string },
  ): Promise<KeptDownlink>;
  cancel(id: string): Promise<KeptDownlink>;
}

interface DesiredPorts {
  readonly store: DesiredStore;
  readonly reported: ReportedValues;
  readonly directory: DeviceDirectory;
  readonly clock: Clock;
  readonly log: Log;
  readonly ledger: Ledger;
  /** The session of the device that has the link. @param id of the device */
  sessionOf(id: string): AttachedSession | undefined;
  /** A downlink of the ledger. */
  downlink(id: string): Promise<KeptDownlink | undefined>;
  /** The device has reported all that is desired. */
  reached(device: string, version: number): void;
}

/**
 * What operators want devices to report. The part that a device does not report is sent as one kept downlink: when the device
 * connects, after each change, and again after a while until the device reports it, up to a number of times.
 *
 * A device has one such downlink at a time. Its key has a number that is stored with the state, so that after a crash between the
 * two writes the downlink is found again and not made twice.
 */
export class DesiredStates implements DesiredControl, UplinkObserver {
  readonly #ports: DesiredPorts;
  /** Ids of the devices of which something is desired. */
  readonly #devices: Set<string>;
  /** What is pursued on each link: by the id of the device that has it, then by that of the device that it is for. */
  readonly #pursuits = new Map<string, Map<string, Pursuit>>();
  /** By id: devices that are looked at now, and whether they must be looked at once more. */
  readonly #running = new Map<string, { again: boolean }>();
  /** By id: devices that are looked at soon, because they have reported values or their gateway device has connected. */
  readonly #soon = new Map<string, Device>();
  #timer: Timer | undefined;
  #closed = false;

  constructor(ports: DesiredPorts) {
    this.#ports = ports;
    this.#devices = new Set(ports.store.devices());
  }

  get(name: string): DesiredState {
    const device = this.#find(name);
    const stored = this.#ports.store.get(device.id);
    if (stored === undefined)
      return { device: name, version: 0, state: 'none', desired: {}, reported: {}, differs: {} };
    const desired: JsonObject = JSON.parse(stored.json);
    const all = this.#reported(name);
    const reported = Object.fromEntries(
      Object.keys(desired).flatMap((key) => (Object.hasOwn(all, key) ? [[key, all[key]]] : [])),
    );
    const differs = difference(desired, reported);
    const tries = this.#pursuit(device)?.tries ?? 0;
    const unmet = tries >= desiredTries ? 'given-up' : 'pending';
    return {
      device: name,
      version: stored.version,
      state: stored.json === '{}' ? 'none' : differs === undefined ? 'reported' : unmet,
      desired,
      reported,
      differs: differs ?? {},
      since: stored.since,
      lastSent: stored.sentAt,
      downlink: stored.downlink,
    };
  }

  async change(name: string, how: DesiredChange, values: unknown, version?: number): Promise<DesiredState> {
    const { store, clock, log } = this.#ports;
    const device = this.#find(name);
    const patch = checked(name, values);
    let changed = false;
    const stored = await store.change(device.id, (current) => {
      const present = current?.version ?? 0;
      if (version !== undefined && version !== present)
        throw gatewayErrors.error('DESIRED_CHANGED', { device: name, version, present });
      const before: JsonObject = how === 'replace' ? {} : JSON.parse(current?.json ?? '{}');
      const json = JSON.stringify(merged(before, patch));
      if (json.length > keptValues)
        throw invalid(
          name,
          `it would have ${json.length} characters of JSON; at most ${keptValues} are allowed`,
        );
      if (json === (current?.json ?? '{}')) return undefined;
      changed = true;
      return { sends: 0, ...current, json, version: present + 1, since: clock.now() };
    });
    if (changed && stored !== undefined) {
      if (stored.json === '{}') this.#devices.delete(device.id);
      else this.#devices.add(device.id);
      log.info({ device: name, version: stored.version }, 'desired state changed');
      this.#look(device);
    }
    return this.get(name);
  }

  /** A device has connected. */
  connected(owner: Device): void {
    if (this.#devices.has(owner.id)) this.#look(owner);
    if (this.#devices.size > 0 && owner.type === 'gateway')
      for (const device of this.#ports.directory.subDevices(owner.name)) this.#lookSoon(device);
  }

  /** The session of a device has ended. @param id of the device */
  disconnected(id: string): void {
    for (const pursuit of this.#pursuits.get(id)?.values() ?? []) pursuit.end(this.#ports.clock);
    this.#pursuits.delete(id);
  }

  uplinks(batch: readonly Uplink[]): void {
    if (this.#devices.size === 0 || this.#closed) return;
    let last: Device | undefined;
    for (const { device, kind } of batch) {
      if (kind !== 'attributes' || device === last) continue;
      last = device;
      this.#lookSoon(device);
    }
  }

  status(): void {}

  /** A downlink of the ledger is in a new state. */
  changed({ key, finishedAt, device, deviceId, owner }: KeptDownlink): void {
    if (finishedAt === undefined || !key?.startsWith(KEY)) return;
    const found = this.#ports.directory.byName(device);
    if (found === undefined || found.id !== deviceId) return;
    this.#pursuits.get(owner)?.get(deviceId)?.finished(this.#ports.clock.monotonic());
    this.#look(found);
  }

  close(): void {
    this.#closed = true;
    this.#ports.clock.clear(this.#timer);
    for (const id of [...this.#pursuits.keys()]) this.disconnected(id);
  }

  // --- one device ------------------------------------------------------------------------------------------------------

  #lookSoon(device: Device): void {
    if (!this.#devices.has(device.id)) return;
    this.#soon.set(device.id, device);
    this.#timer ??= this.#ports.clock.after(desiredPause, () => this.#lookAtSome());
  }

  #lookAtSome(): void {
    let looked = 0;
    for (const [id, device] of this.#soon) {
      if (++looked > desiredSlice) break;
      this.#soon.delete(id);
      this.#look(device);
    }
    this.#timer = this.#soon.size === 0 ? undefined : this.#ports.clock.after(1, () => this.#lookAtSome());
  }

  /** Sends what the device should be sent now. Calls for one device follow each other. */
  #look(device: Device): void {
    const running = this.#running.get(device.id);
    if (running !== undefined) running.again = true;
    else if (!this.#closed) void this.#run(device);
  }

  async #run(device: Device): Promise<void> {
    const turn = { again: true };
    this.#running.set(device.id, turn);
    while (turn.again && !this.#closed) {
      turn.again = false;
      try {
        await this.#pursue(device);
      } catch (cause) {
        const { code, message } = asFairleadError(cause);
        this.#ports.log.warn({ device: device.name, code }, `the desired state is not sent: ${message}`);
        const now = this.#ports.clock.monotonic();
        const pursuit = this.#pursuit(device);
        if (pursuit?.isEarly(now) === false) pursuit.sent(now);
        this.#wait(device);
      }
    }
    this.#running.delete(device.id);
  }

  /** Rejects when the storage fails, or the ledger is full. */
  async #pursue({ name, id }: Device): Promise<void> {
    const { store, directory, clock } = this.#ports;
    const device = directory.byName(name);
    if (device === undefined || device.id !== id) {
      this.#devices.delete(id);
      return;
    }
    const stored = store.get(id);
    if (stored === undefined) return;
    const missing = difference(JSON.parse(stored.json), this.#reported(name));
    const pursuit = this.#pursuit(device);
    pursuit?.begin(stored.version);
    if (await this.#isOnItsWay(stored, missing, pursuit)) return;
    if (pursuit === undefined) return;
    if (missing === undefined) {
      if (pursuit.reached() && stored.json !== '{}') this.#ports.reached(name, stored.version);
      return;
    }
    if (pursuit.tries >= desiredTries) return;
    if (pursuit.isEarly(clock.monotonic())) this.#wait(device);
    else await this.#send(device, stored, missing, pursuit);
  }

  /** Whether a downlink with what is missing waits or is being sent. One with other values that waits is taken back. */
  async #isOnItsWay(
    { downlink: id }: StoredDesired,
    missing: JsonObject | undefined,
    pursuit: Pursuit | undefined,
  ): Promise<boolean> {
    const sent = id === undefined ? undefined : await this.#ports.downlink(id);
    if (sent === undefined || sent.finishedAt !== undefined) return false;
    if (missing !== undefined && JSON.stringify(missing) === sent.json) return true;
    const due = pursuit?.due;
    try {
      await this.#ports.ledger.cancel(sent.id);
    } catch (error) {
      // It is being sent: its end leads here again.
      if (asFairleadError(error).code === 'DOWNLINK_NOT_CANCELLABLE') return true;
      throw error;
    }
    if (pursuit !== undefined && due !== undefined) pursuit.due = due;
    return false;
  }

  async #send(device: Device, stored: StoredDesired, values: JsonObject, pursuit: Pursuit): Promise<void> {
    const { ledger, store, clock } = this.#ports;
    const owner = this.#owner(device);
    if (owner === undefined) return;
    const sends = stored.sends + 1;
    pursuit.attempt(clock.monotonic());
    let id: string | undefined;
    try {
      const input = { kind: 'attributes', values } as const;
      id = (await ledger.put(device, owner, input, { ttl: keptDefault, key: KEY + sends })).id;
    } catch (error) {
      // Made just before the process ended, with what was missing then.
      if (asFairleadError(error).code !== 'DOWNLINK_KEY_REUSED') throw error;
      pursuit.again();
    }
    const made = id === undefined ? {} : { sentAt: clock.now(), downlink: id };
    await store.change(device.id, (current) => current && { ...current, sends, ...made });
    this.#wait(device);
  }

  /** Looks at the device again when the next try is due. */
  #wait(device: Device): void {
    const { clock } = this.#ports;
    this.#pursuit(device)?.wait(clock, () => this.#look(device));
  }

  #pursuit(device: Device): Pursuit | undefined {
    const owner = this.#owner(device);
    if (this.#closed || owner === undefined || this.#ports.sessionOf(owner.id) === undefined)
      return undefined;
    const pursuits = this.#pursuits.get(owner.id) ?? new Map<string, Pursuit>();
    this.#pursuits.set(owner.id, pursuits);
    let pursuit = pursuits.get(device.id);
    if (pursuit === undefined) {
      pursuit = new Pursuit();
      pursuits.set(device.id, pursuit);
    }
    return pursuit;
  }

  /** The device that has the link. */
  #owner(device: Device): Device | undefined {
    return device.type === 'sub' ? this.#ports.directory.byName(device.parent ?? '') : device;
  }

  #find(name: string): Device {
    const device = this.#ports.directory.byName(name);
    if (device === undefined) throw gatewayErrors.error('DOWNLINK_DEVICE_UNKNOWN', { device: name });
    return device;
  }

  #reported(name: string): JsonObject {
    const values = Object.entries(this.#ports.reported.get(name)?.values ?? {});
    return Object.fromEntries(values.map(([key, { value }]) => [key, value]));
  }
}

/** Throws DESIRED_INVALID. */
function checked(device: string, values: unknown): JsonObject {
  if (!isObject(values)) throw invalid(device, 'it must be a JSON object');
  if (nestsDeeper(JSON.stringify(values), desiredDepth))
    throw invalid(device, `it is nested more than ${desiredDepth} levels deep`);
  return values;
}

const invalid = (device: string, reason: string) =>
  gatewayErrors.error('DESIRED_INVALID', { device, reason });
