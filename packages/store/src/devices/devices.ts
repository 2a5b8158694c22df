import { type Clock, isFairleadError } from '@fairlead/core';
import { storeErrors } from '../catalogue.ts';
import type { Database, Row } from '../database/database.ts';
import type { Revisions } from '../database/revisions.ts';
import { storeLimits } from '../limits.ts';
import type { ProfileReference, Profiles } from '../profiles/profiles.ts';
import type { AddedDevice, Device, Profile, Protocol } from '../types.ts';
import { type BulkEdit, type DeviceFilter, editAll, matching } from './bulk-edit.ts';
import { DeviceCertificates } from './certificates.ts';
import {
  applyPatch,
  type CheckedDefinition,
  checkDefinition,
  type DeviceDefinition,
  type DevicePatch,
  type OwnFields,
} from './definition.ts';
import { DeviceCache, type SubDevices } from './device-cache.ts';
import { deviceOf, deviceStatements, ownColumns } from './device-rows.ts';
import { type ImportItem, type ImportResult, importDevices } from './import.ts';
import type { SecretBox } from './secret-box.ts';
import { checkTerms, typedParameters } from './terms.ts';
import { generateToken, hashToken, type RandomBytes } from './token.ts';

/** What the terms of a profile are about. */
const TERM_FIELDS = ['profile', 'identity', 'endpoint', 'secret', 'parameters'] as const;

/** The protocol of devices that a named profile describes from the first byte. */
const PROFILE_PROTOCOL = 'profile';

export interface DevicePage {
  /** Names after this one. */
  readonly after?: string | undefined;
  /** Default and maximum 1,000. */
  readonly limit?: number | undefined;
  readonly prefix?: string | undefined;
  /** Devices with the profile of this name. */
  readonly profile?: string | undefined;
}

/** Sorts after every character that a name may contain. */
const AFTER_NAMES = '\u007f';

/** The directory of devices. Fits the gateway's `DeviceDirectory`; all methods are synchronous. */
export class Devices {
  readonly #database: Database;
  readonly #profiles: Profiles;
  readonly #clock: Clock;
  readonly #newId: () => string;
  readonly #randomBytes: RandomBytes;
  readonly #protocols: readonly Protocol[];
  readonly #box: SecretBox;
  readonly #revisions: Revisions;
  readonly #cache = new DeviceCache();
  readonly #certificates: DeviceCertificates;
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
      box: SecretBox;
      revisions: Revisions;
    },
  ) {
    this.#database = database;
    this.#profiles = options.profiles;
    this.#clock = options.clock;
    this.#newId = options.newId;
    this.#randomBytes = options.randomBytes;
    this.#protocols = options.protocols;
    this.#box = options.box;
    this.#revisions = options.revisions;
    this.#sql = deviceStatements(database);
    this.#certificates = new DeviceCertificates(database, this.#sql.byCertificate);
    this.#profiles.whenChanged = () => this.#cache.clear();
  }

  /**
   * Adds a device and says its token this once. Throws DEVICE_NAME_INVALID, DEVICE_INVALID, DEVICE_EXISTS,
   * PROFILE_UNKNOWN, TOKEN_NOT_ALLOWED, TOKEN_TAKEN, IDENTITY_TAKEN, CERTIFICATE_TAKEN, and for a sub-device PARENT_UNKNOWN, PARENT_NOT_GATEWAY,
   * ADDRESS_TAKEN.
   */
  add(definition: DeviceDefinition): AddedDevice {
    const checked = checkDefinition(definition, this.#protocols);
    return this.#undoably(() => this.#database.transaction('settled', () => this.#insert(checked)));
  }

  /**
   * Adds many devices, with a transaction for every 500 lines, and returns a result for each line. A refused line does not
   * affect the others. An item may be an error, which becomes the result of its line. If the caller stops early or the signal
   * fires, lines with a result are kept. Rejects with STORE_FAILED if the database fails, or with ABORTED.
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

  /** The device of this named profile that says it is this. */
  byIdentity(profile: string, identity: string): Device | undefined {
    return this.#device(this.#sql.byIdentity.get(profile, identity));
  }

  /** The device with a certificate that says this, such as `cn:plc-7`. */
  byCertificate(identity: string): Device | undefined {
    return this.#device(this.#sql.byCertificate.get(identity));
  }

  /** The named profile: the store's, else the one that comes with Fairlead. */
  profile(name: string): Profile | undefined {
    return this.#profiles.get(name);
  }

  /** All devices that Fairlead connects to, in the order of their names. */
  dialled(): Device[] {
    return this.#sql.dialled.all().map((row) => this.#cache.get(row.name as string) ?? this.#read(row));
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
   * Throws DEVICE_UNKNOWN, DEVICE_INVALID, PROFILE_UNKNOWN, IDENTITY_TAKEN, CERTIFICATE_TAKEN.
   */
  edit(name: string, patch: DevicePatch): Device {
    const device = this.#existing(name);
    this.#undoably(() => this.#database.transaction('settled', () => this.#update(device, patch)));
    this.#cache.remove(device);
    return this.get(name) as Device;
  }

  /**
   * Changes all devices that the filter matches, or none. Throws FILTER_INVALID, DEVICES_TOO_MANY.
   *
   * @param options.dryRun only says what would happen
   */
  editWhere(
    filter: DeviceFilter,
    patch: DevicePatch,
    options: { dryRun?: boolean | undefined } = {},
  ): BulkEdit {
    const limit = storeLimits.values.bulkEdit;
    const { count, names } = matching(this.#database, filter, limit);
    if (count > limit) throw storeErrors.error('DEVICES_TOO_MANY', { count, limit });
    try {
      const refused = editAll(this.#database, names, options.dryRun === true, (name) =>
        this.#update(this.#existing(name), patch),
      );
      return { matched: names, refused };
    } finally {
      this.#profiles.forgetCached();
      if (options.dryRun !== true) this.#cache.clear();
    }
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
        for (const profile of new Set(leaving.map(({ profile }) => profile))) this.#profiles.collect(profile);
      }),
    );
    for (const gone of leaving) {
      this.#cache.remove(gone);
      this.whenRemoved?.(gone);
    }
    return leaving;
  }

  /** Gives the device a new token and returns it only this once; the old one is refused from now on. */
  rotateToken(name: string): string {
    const device = this.#existing(name);
    if (device.parent !== undefined)
      throw storeErrors.error('SUBDEVICE_HAS_NO_TOKEN', { name, parent: device.parent });
    if (device.identity !== undefined || device.endpoint !== undefined)
      throw storeErrors.error('DEVICE_HAS_NO_TOKEN', { name, known: knownBy(device) });
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
    const hasToken =
      parent === undefined && definition.identity === undefined && definition.endpoint === undefined;
    const token = hasToken ? (definition.token ?? generateToken(this.#randomBytes)) : undefined;
    const tokenHash = token === undefined ? null : hashToken(token);
    if (definition.token !== undefined && this.#sql.byToken.get(tokenHash) !== undefined)
      throw storeErrors.error('TOKEN_TAKEN');
    this.#certificates.check(definition.certificates);
    const protocol = gateway?.protocol ?? this.#protocolOf(definition, hasToken);
    const profile = this.#profiles.referTo(definition.profile);
    const own = parent === undefined ? this.#checkNamed(definition, profile, undefined) : definition;
    const id = this.#newId();
    const now = Math.trunc(this.#clock.now());
    this.#sql.insert.run(
      id,
      name,
      definition.label ?? null,
      definition.type,
      protocol,
      tokenHash,
      gateway?.id ?? null,
      address ?? null,
      profile.id,
      profile.name,
      ...ownColumns(own, id, this.#box),
      now,
      now,
      this.#revisions.next(),
    );
    this.#certificates.set(id, definition.certificates);
    if (parent !== undefined) this.#cache.remove({ name, parent });
    const row = this.#sql.byName.get(name) as Row;
    return { device: this.#read(row), token };
  }

  #protocolOf(definition: CheckedDefinition, hasToken: boolean): Protocol {
    const { protocol } = definition;
    // With the custom protocol, the framing of a profile begins after the token.
    const usual =
      typeof definition.profile === 'string' && this.#protocols.includes('custom') ? 'custom' : undefined;
    if (hasToken) return protocol ?? usual ?? (this.#protocols[0] as Protocol);
    if (protocol === undefined || protocol === PROFILE_PROTOCOL) return PROFILE_PROTOCOL;
    const reason = `its profile says what it speaks, so the protocol is ${PROFILE_PROTOCOL}`;
    throw storeErrors.error('DEVICE_INVALID', { field: 'protocol', reason });
  }

  /** Within a transaction. */
  #update(device: Device, patch: DevicePatch): void {
    const changed = applyPatch(device, patch);
    this.#certificates.check(changed.certificates, device.id);
    const profile = this.#profiles.referTo(changed.profile);
    // Requirements of a later version of the profile do not prevent other changes.
    const isAsked = device.parent === undefined && TERM_FIELDS.some((field) => patch[field] !== undefined);
    const own = isAsked ? this.#checkNamed(changed, profile, device.id) : changed;
    const now = Math.trunc(this.#clock.now());
    this.#sql.update.run(
      changed.label ?? null,
      profile.id,
      profile.name,
      ...ownColumns(own, device.id, this.#box),
      now,
      this.#revisions.next(),
      device.id,
    );
    if (patch.certificates !== undefined) this.#certificates.set(device.id, changed.certificates);
    if (device.profile.id !== profile.id) this.#profiles.collect(device.profile);
  }

  /** Checks that the device has what its named profile asks for, and an identity of its own. */
  #checkNamed(checked: OwnFields, { name }: ProfileReference, id: string | undefined): OwnFields {
    if (name === null) return checked;
    const profile = this.#profiles.get(name) ?? { id: '', name };
    checkTerms(checked, profile);
    const { identity } = checked;
    const other = identity === undefined ? undefined : this.#sql.byIdentity.get(name, identity);
    if (identity !== undefined && other !== undefined && other.id !== id)
      throw storeErrors.error('IDENTITY_TAKEN', { identity, profile: name, name: String(other.name) });
    return { ...checked, parameters: typedParameters(checked.parameters, profile) };
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
    return deviceOf(row, this.#profiles.of(row), this.#protocols, this.#box);
  }

  /**
   * If the database fails during a change, memory may contain data that was not saved, so that caches are cleared. A refusal
   * by one of our own rules comes before anything is written, and does not clear the caches.
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

function knownBy({ identity, endpoint }: Device): string {
  return identity === undefined
    ? `Fairlead connects to it at ${endpoint}`
    : `it is known by its identity ${identity}`;
}
