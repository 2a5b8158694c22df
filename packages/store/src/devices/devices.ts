import { type Clock, isFairleadError } from '@fairlead/core';
import { storeErrors } from '../catalogue.ts';
import type { Database, Row } from '../database/database.ts';
import { storeLimits } from '../limits.ts';
import type { Profiles } from '../profiles/profiles.ts';
import type { AddedDevice, Device, Protocol } from '../types.ts';
import {
  applyPatch,
  type CheckedDefinition,
  checkDefinition,
  type DeviceDefinition,
  type DevicePatch,
} from './definition.ts';
import { DeviceCache, type SubDevices } from './device-cache.ts';
import { deviceOf, deviceStatements } from './device-rows.ts';
import { type ImportItem, type ImportResult, importDevices } from './import.ts';
import { generateToken, hashToken, type RandomBytes } from './token.ts';

export interface DevicePage {
  /** Names after this one. */
  readonly after?: string | undefined;
  /** Default and maximum 1,000. */
  readonly limit?: number | undefined;
  readonly prefix?: string | undefined;
  /** Devices with the profile of this name. */
  readonly profile?: string | undefined;
}

/** Sorts after every character that a name may hold. */
const AFTER_NAMES = '\u007f';

/** Who devices are. Fits the gateway's `DeviceDirectory`; every answer comes at once. */
export class Devices {
  readonly #database: Database;
  readonly #profiles: Profiles;
  readonly #clock: Clock;
  readonly #newId: () => string;
  readonly #randomBytes: RandomBytes;
  readonly #protocols: readonly Protocol[];
  readonly #cache = new DeviceCache();
  readonly #sql: ReturnType<typeof deviceStatements>;
  /** Called with each device that was removed. */
  whenRemoved: ((device: Device) => void) | undefined;

  constructor(
    database: Database,
    options: {
      profiles: Profiles;
      clock: Clock;
      newId: () => string;
      randomBytes: RandomBytes;
      protocols: readonly Protocol[];
    },
  ) {
    this.#database = database;
    this.#profiles = options.profiles;
    this.#clock = options.clock;
    this.#newId = options.newId;
    this.#randomBytes = options.randomBytes;
    this.#protocols = options.protocols;
    this.#sql = deviceStatements(database);
    this.#profiles.whenChanged = () => this.#cache.clear();
  }

  /**
   * Adds a device and says its token this once. Throws DEVICE_NAME_INVALID, DEVICE_INVALID, DEVICE_EXISTS,
   * PROFILE_UNKNOWN, TOKEN_NOT_ALLOWED, TOKEN_TAKEN, and for a sub-device PARENT_UNKNOWN, PARENT_NOT_GATEWAY,
   * ADDRESS_TAKEN.
   */
  add(definition: DeviceDefinition): AddedDevice {
    const checked = checkDefinition(definition, this.#protocols);
    return this.#undoably(() => this.#database.transaction('settled', () => this.#insert(checked)));
  }

  /**
   * Adds many, a transaction for every 500 lines, and answers line by line; a line that cannot be taken leaves the others
   * as they are. An item may be an error, which becomes the answer of its line. When the caller stops early or the signal
   * fires, what was answered is kept. Rejects with STORE_FAILED when the database fails, ABORTED by the signal.
   */
  importMany(
    items: Iterable<ImportItem> | AsyncIterable<ImportItem>,
    options: { signal?: AbortSignal | undefined } = {},
  ): AsyncGenerator<ImportResult, void, undefined> {
    return importDevices(items, {
      add: (definition) => this.add(definition),
      transaction: (work) => this.#undoably(() => this.#database.transaction('settled', work)),
      clock: this.#clock,
      signal: options.signal,
    });
  }

  get(name: string): Device | undefined {
    return this.#cache.get(name) ?? this.#device(this.#sql.byName.get(name));
  }

  /** The same as {@link get}. */
  byName(name: string): Device | undefined {
    return this.get(name);
  }

  /** The device with this AccessToken. */
  byToken(token: string): Device | undefined {
    return this.#device(this.#sql.byToken.get(hashToken(token)));
  }

  /** The sub-device with this address behind that gateway device. */
  byAddress(gateway: string, address: string): Device | undefined {
    return this.#behind(gateway).get(address);
  }

  /** All sub-devices behind a gateway device, in the order of their names. */
  subDevices(gateway: string): readonly Device[] {
    return [...this.#behind(gateway).values()];
  }

  /** Devices in the order of their names. */
  list(page: DevicePage = {}): Device[] {
    const { after = '', prefix = '', profile } = page;
    const limit = Math.min(page.limit ?? storeLimits.values.page, storeLimits.values.page);
    const bounds = [after, prefix, prefix + AFTER_NAMES, limit] as const;
    const rows =
      profile === undefined ? this.#sql.list.all(...bounds) : this.#sql.listByProfile.all(...bounds, profile);
    return rows.map((row) => this.#cache.get(row.name as string) ?? this.#read(row));
  }

  count(): number {
    return Number(this.#sql.count.get()?.n);
  }

  /**
   * Changes what may change; null takes a field back to its default. Links that are open keep what they began with.
   * Throws DEVICE_UNKNOWN, DEVICE_INVALID, PROFILE_UNKNOWN.
   */
  edit(name: string, patch: DevicePatch): Device {
    const device = this.#existing(name);
    const { label, profile, inboundBuffer, outboundBuffer } = applyPatch(device, patch);
    this.#undoably(() =>
      this.#database.transaction('settled', () => {
        const profileId = this.#profiles.idFor(profile);
        const now = Math.trunc(this.#clock.now());
        this.#sql.update.run(label ?? null, profileId, inboundBuffer, outboundBuffer, now, device.id);
        if (profileId !== device.profile.id) this.#profiles.collect(device.profile.id);
      }),
    );
    this.#cache.remove(device);
    return this.get(name) as Device;
  }

  /**
   * Removes a device with everything that is remembered of it. Answers all that were removed, sub-devices first. Throws
   * DEVICE_UNKNOWN, and DEVICE_HAS_SUBDEVICES unless `cascade`.
   */
  remove(name: string, options: { cascade?: boolean | undefined } = {}): Device[] {
    const device = this.#existing(name);
    const count = Number(this.#sql.countSubDevices.get(device.id)?.n);
    if (count > 0 && options.cascade !== true)
      throw storeErrors.error('DEVICE_HAS_SUBDEVICES', { name, count });
    const leaving = [...(count > 0 ? this.subDevices(name) : []), device];
    this.#undoably(() =>
      this.#database.transaction('settled', () => {
        for (const { id } of leaving) this.#sql.remove.run(id);
        for (const profileId of new Set(leaving.map(({ profile }) => profile.id)))
          this.#profiles.collect(profileId);
      }),
    );
    for (const gone of leaving) {
      this.#cache.remove(gone);
      this.whenRemoved?.(gone);
    }
    return leaving;
  }

  /** Gives the device a new token and says it this once; the old one is refused from now on. */
  rotateToken(name: string): string {
    const device = this.#existing(name);
    if (device.parent !== undefined)
      throw storeErrors.error('SUBDEVICE_HAS_NO_TOKEN', { name, parent: device.parent });
    const token = generateToken(this.#randomBytes);
    this.#database.transaction('settled', () =>
      this.#sql.updateToken.run(hashToken(token), Math.trunc(this.#clock.now()), device.id),
    );
    return token;
  }

  #insert(definition: CheckedDefinition): AddedDevice {
    const { name, parent, address } = definition;
    if (this.#sql.byName.get(name) !== undefined) throw storeErrors.error('DEVICE_EXISTS', { name });
    const gateway = parent === undefined ? undefined : this.#gatewayFor(definition, parent);
    const token = parent === undefined ? (definition.token ?? generateToken(this.#randomBytes)) : undefined;
    const tokenHash = token === undefined ? null : hashToken(token);
    if (definition.token !== undefined && this.#sql.byToken.get(tokenHash) !== undefined)
      throw storeErrors.error('TOKEN_TAKEN');
    const protocol = gateway?.protocol ?? definition.protocol ?? (this.#protocols[0] as Protocol);
    const now = Math.trunc(this.#clock.now());
    this.#sql.insert.run(
      this.#newId(),
      name,
      definition.label ?? null,
      definition.type,
      protocol,
      tokenHash,
      gateway?.id ?? null,
      address ?? null,
      this.#profiles.idFor(definition.profile),
      definition.inboundBuffer,
      definition.outboundBuffer,
      now,
      now,
    );
    if (parent !== undefined) this.#cache.remove({ name, parent });
    const row = this.#sql.byName.get(name) as Row;
    return { device: this.#read(row), token };
  }

  #gatewayFor(definition: CheckedDefinition, parent: string): Device {
    const gateway = this.get(parent);
    if (gateway === undefined) throw storeErrors.error('PARENT_UNKNOWN', { parent });
    if (gateway.type !== 'gateway')
      throw storeErrors.error('PARENT_NOT_GATEWAY', { parent, type: gateway.type });
    if (definition.protocol !== undefined && definition.protocol !== gateway.protocol) {
      const reason = `the gateway "${parent}" speaks the ${gateway.protocol} protocol, and so do its sub-devices`;
      throw storeErrors.error('DEVICE_INVALID', { field: 'protocol', reason });
    }
    const address = definition.address as string;
    const other = this.#sql.byAddress.get(parent, address);
    if (other !== undefined)
      throw storeErrors.error('ADDRESS_TAKEN', { address, parent, name: String(other.name) });
    return gateway;
  }

  #existing(name: string): Device {
    const device = this.get(name);
    if (device === undefined) throw storeErrors.error('DEVICE_UNKNOWN', { name });
    return device;
  }

  #behind(gateway: string): SubDevices {
    const known = this.#cache.gateway(gateway);
    if (known !== undefined) return known;
    const found = new Map<string, Device>();
    for (const row of this.#sql.subDevices.all(gateway)) {
      const device = this.#device(row);
      found.set(device.address as string, device);
    }
    this.#cache.addGateway(gateway, found);
    return found;
  }

  /** The one object for a row: whoever asks for the device gets the same, as long as it is held in memory. */
  #device(row: Row): Device;
  #device(row: Row | undefined): Device | undefined;
  #device(row: Row | undefined): Device | undefined {
    if (row === undefined) return undefined;
    const cached = this.#cache.get(row.name as string);
    if (cached !== undefined) return cached;
    const device = this.#read(row);
    this.#cache.add(device);
    return device;
  }

  #read(row: Row): Device {
    return deviceOf(row, this.#profiles.byId(row.profile_id as string), this.#protocols);
  }

  /**
   * When the database fails in the middle, memory may hold what never came to be. A refusal by one of our own rules comes
   * before anything is written, and must not cost a fleet its cache.
   */
  #undoably<T>(change: () => T): T {
    try {
      return change();
    } catch (error) {
      if (!isFairleadError(error) || error.kind === 'storage') {
        this.#cache.clear();
        this.#profiles.forgetCached();
      }
      throw error;
    }
  }
}
