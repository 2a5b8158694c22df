import { asFairleadError, type Clock, type FairleadError, type Log, type Timer } from '@fairlead/core';
import { thingspanelErrors } from '../catalogue.ts';
import { thingspanelLimits } from '../limits.ts';
import type { PlatformDevice } from '../platform/answer.ts';
import type { Fleet, FleetDevice, Links } from '../ports.ts';
import { LookUps } from './look-ups.ts';
import { labelOf, nameOf } from './names.ts';
import type { DeviceRecord, DeviceRecords } from './records.ts';
import { Refusals } from './refusals.ts';

const { retry, devices } = thingspanelLimits.values;
const PROTOCOLS = ['official', 'custom'] as const;
/** Codes of look-ups that gave no usable answer. */
const LATER: readonly string[] = [
  'THINGSPANEL_UNREACHABLE',
  'THINGSPANEL_ANSWER_INVALID',
  'THINGSPANEL_ANSWER_WRONG',
];

export interface CacheTerms {
  /** Milliseconds for which an answer is used without asking again. */
  readonly fresh: number;
  /** Milliseconds for which it is used when the platform does not answer. */
  readonly stale: number;
}

interface DirectoryPorts<D extends FleetDevice> {
  readonly platform: {
    lookUp(token: string, signal?: AbortSignal): Promise<PlatformDevice | undefined>;
  };
  readonly records: DeviceRecords;
  readonly fleet: Fleet<D>;
  readonly cache: CacheTerms;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * The devices of the platform as devices of the service.
 *
 *     token --> confirmed lately ----------------------------> the device
 *               else the platform --> known -----------------> the device, added or changed
 *                                 --> refused ---------------> nobody; an open link ends
 *                                 --> no usable answer ------> the device by the last answer, if it is not too old
 *
 * Devices that entered by an old answer are looked up again when the platform answers. A device that somebody added to
 * the service itself keeps its own token, and the platform is not asked about it.
 */
export class PlatformDirectory<D extends FleetDevice> implements AsyncDisposable {
  readonly #ports: DirectoryPorts<D>;
  readonly #lookUps = new LookUps<D | undefined>();
  readonly #refusals: Refusals;
  /** Names of devices that entered by an old answer, and why. */
  readonly #stale = new Map<string, FairleadError>();
  readonly #stop = new AbortController();
  #links: Links | undefined;
  /** Until when the platform is not asked about devices that are known, monotonic. */
  #awayUntil = Number.NEGATIVE_INFINITY;
  /** Why it did not answer. */
  #away: FairleadError | undefined;
  #recheck: Timer | undefined;

  constructor(ports: DirectoryPorts<D>) {
    this.#ports = ports;
    this.#refusals = new Refusals(ports.clock);
  }

  /** The gateway that uses this directory. */
  attach(links: Links): void {
    this.#links = links;
  }

  /**
   * The device with this token. Rejects with the error of the look-up, or THINGSPANEL_DEVICES_FULL.
   * @param protocol that its link speaks; it counts where the platform calls the protocol by a name that is not known here
   */
  byToken(token: string, protocol: string): D | undefined | Promise<D | undefined> {
    const { records, fleet } = this.#ports;
    const record = records.byToken(token);
    if (record === undefined) {
      const own = fleet.byToken(token);
      if (own !== undefined) return own;
    } else if (this.#isFresh(record)) {
      const device = fleet.byName(record.name);
      if (device !== undefined) return device;
    }
    return this.#refusals.has(token) ? undefined : this.#ask(token, { protocol });
  }

  /** Why the device is connected although the platform did not confirm it. */
  doubt(name: string): FairleadError | undefined {
    return this.#stale.get(name);
  }

  /** The platform says that these devices were added or changed. */
  changed(tokens: readonly string[], ids: readonly string[]): void {
    const { records } = this.#ports;
    for (const token of tokens) this.#refusals.delete(token);
    const known = new Set(tokens.filter((token) => records.byToken(token) !== undefined));
    const named = ids.map((id) => records.byId(id)).filter((record) => record !== undefined);
    if (named.length > 0) for (const token of tokens) known.add(token); // perhaps a new token of the device
    for (const { token } of named) known.add(token);
    if (known.size === 0 && tokens.length === 0 && ids.length === 0) this.#ageAll();
    for (const token of known) this.#ask(token, { again: true }).catch((error) => this.#notRefreshed(error));
  }

  /** The platform has deleted these devices. */
  deleted(tokens: readonly string[], ids: readonly string[]): void {
    const { records } = this.#ports;
    const named = [...tokens.map((token) => records.byToken(token)), ...ids.map((id) => records.byId(id))];
    for (const token of tokens) this.#refusals.add(token);
    for (const record of new Set(named)) if (record !== undefined) this.#remove(record);
    if (tokens.length === 0 && ids.length === 0) this.#ageAll();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ports.clock.clear(this.#recheck);
    this.#stop.abort();
  }

  /** @param how `again`: ask even if the platform does not answer at present */
  #ask(
    token: string,
    { again = false, protocol }: { again?: boolean; protocol?: string },
  ): Promise<D | undefined> {
    return this.#lookUps.run(token, async () => {
      const { platform, clock, records } = this.#ports;
      const record = records.byToken(token);
      const known = record !== undefined && this.#mayEnter(record) ? record : undefined;
      try {
        if (known !== undefined && !again && this.#isAway) throw this.#away;
        const device = await platform.lookUp(token, this.#stop.signal);
        this.#awayUntil = Number.NEGATIVE_INFINITY;
        // A refusal that came meanwhile is newer than the answer: the platform has deleted the device.
        if (device !== undefined && !this.#refusals.has(token)) {
          const taken = this.#take(device, protocol);
          if (record?.id === device.id) return taken;
          // A message of the journal finds its token after a crash too.
          await records.saved();
          if (!this.#refusals.has(token)) return taken;
        }
        this.#refuse(token);
        return undefined;
      } catch (cause) {
        const error = asFairleadError(cause);
        if (error.code === 'THINGSPANEL_UNREACHABLE' && error !== this.#away) {
          this.#away = error;
          this.#awayUntil = clock.monotonic() + retry;
        }
        if (known === undefined || !LATER.includes(error.code)) throw error;
        const device = this.#ports.fleet.byName(known.name);
        if (device === undefined) throw error;
        if (!this.#stale.has(known.name)) this.#enterStale(known, error);
        return device;
      }
    });
  }

  #isFresh(record: DeviceRecord): boolean {
    const age = this.#ageOf(record);
    return record.refused !== true && age >= 0 && age < this.#ports.cache.fresh;
  }

  /** Whether the last answer still counts while the platform gives none. A clock that was set back makes no answer younger. */
  #mayEnter(record: DeviceRecord): boolean {
    return record.refused !== true && Math.abs(this.#ageOf(record)) < this.#ports.cache.stale;
  }

  #ageOf({ checkedAt }: DeviceRecord): number {
    return this.#ports.clock.now() - checkedAt;
  }

  // --- answers ---------------------------------------------------------------------------------------------------------

  /** Makes the device of the service what the platform says. Throws THINGSPANEL_DEVICES_FULL. */
  #take(found: PlatformDevice, spoken: string | undefined): D {
    const { records, clock } = this.#ports;
    const earlier = records.byId(found.id);
    if (earlier === undefined && records.size >= devices)
      throw thingspanelErrors.error('THINGSPANEL_DEVICES_FULL', { limit: devices });
    const other = records.byToken(found.token);
    if (other !== undefined && other.id !== found.id) this.#remove(other);
    const name = earlier?.name ?? nameOf(found.id, (taken) => this.#isTaken(taken, found.id));
    const protocol =
      found.protocol ?? PROTOCOLS.find((one) => one === spoken) ?? earlier?.protocol ?? 'official';
    const device = this.#adapt(name, { ...found, protocol });
    if (earlier !== undefined && earlier.token !== found.token) this.#links?.forget(name);
    const { id, token, type } = found;
    records.put({ id, token, name, type, protocol, checkedAt: clock.now() });
    this.#stale.delete(name);
    this.#refusals.delete(token);
    return device;
  }

  #isTaken(name: string, id: string): boolean {
    const device = this.#ports.fleet.byName(name);
    const isOurs = device?.label === labelOf(id) && this.#ports.records.byName(name) === undefined;
    return device !== undefined && !isOurs;
  }

  /** Adds the device, or changes it. One that speaks another protocol now is another device. */
  #adapt(name: string, { id, protocol, inboundBuffer, outboundBuffer }: PlatformDevice): D {
    const { fleet, log } = this.#ports;
    const device = fleet.byName(name);
    const buffers = { inboundBuffer, outboundBuffer };
    if (device !== undefined && device.protocol === protocol) {
      if (device.inboundBuffer === inboundBuffer && device.outboundBuffer === outboundBuffer) return device;
      const edited = fleet.edit(name, buffers);
      void this.#links?.deviceChanged(name);
      return edited;
    }
    if (device !== undefined) this.#drop(name);
    log.info({ device: name, protocol }, 'Added a device of ThingsPanel');
    const definition = { name, label: labelOf(id), type: 'standard' as const, protocol: protocol as string };
    return fleet.add({ ...definition, ...buffers }).device;
  }

  #refuse(token: string): void {
    const { records } = this.#ports;
    this.#refusals.add(token);
    const record = records.byToken(token);
    if (record === undefined || record.refused === true) return;
    records.put({ ...record, refused: true });
    this.#stale.delete(record.name);
    this.#links?.forget(record.name);
  }

  #remove({ id, name, token }: DeviceRecord): void {
    this.#refusals.add(token);
    this.#ports.records.remove(id);
    this.#stale.delete(name);
    this.#drop(name);
    this.#ports.log.info({ device: name }, 'Removed a device of ThingsPanel');
  }

  #drop(name: string): void {
    const { fleet } = this.#ports;
    if (fleet.byName(name) !== undefined) fleet.remove(name);
    this.#links?.forget(name);
  }

  /** The platform named no device that can be told: each is looked up again when it connects. */
  #ageAll(): void {
    const { records, cache, clock } = this.#ports;
    const aged = clock.now() - cache.fresh;
    for (const record of [...records.all()])
      records.put({ ...record, checkedAt: Math.min(record.checkedAt, aged) });
  }

  // --- while the platform is away ----------------------------------------------------------------------------------

  #enterStale(record: DeviceRecord, error: FairleadError): void {
    const { log } = this.#ports;
    const age = Math.max(0, Math.round(this.#ageOf(record) / 1_000));
    const details = { device: record.name, age, reason: error.message };
    const stale = thingspanelErrors.error('THINGSPANEL_STALE', details, error);
    this.#stale.set(record.name, stale);
    log.warn({ code: stale.code, device: record.name, age, cause: error.code }, stale.message);
    this.#scheduleRecheck();
  }

  #scheduleRecheck(): void {
    if (this.#stop.signal.aborted) return;
    this.#recheck ??= this.#ports.clock.after(retry, () => {
      this.#recheck = undefined;
      void this.#lookAgain();
    });
  }

  /** One after another, until the platform fails again. */
  async #lookAgain(): Promise<void> {
    for (const name of [...this.#stale.keys()]) {
      const record = this.#ports.records.byName(name);
      if (record === undefined) this.#stale.delete(name);
      else await this.#ask(record.token, { again: true }).catch(() => undefined); // tried again
      if (this.#isAway) break;
    }
    if (this.#stale.size > 0) this.#scheduleRecheck();
  }

  get #isAway(): boolean {
    return this.#ports.clock.monotonic() < this.#awayUntil;
  }

  #notRefreshed(cause: unknown): void {
    const { code, message } = asFairleadError(cause);
    this.#ports.log.warn({ code }, `A change in ThingsPanel takes no hold yet: ${message}`);
  }
}
