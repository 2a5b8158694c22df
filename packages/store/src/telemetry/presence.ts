import type { Clock } from '@fairlead/core';
import type { Database, Row } from '../database/database.ts';
import type { FlushPart } from '../database/flusher.ts';
import type { Devices } from '../devices/devices.ts';
import { storeLimits } from '../limits.ts';
import { wholeTime } from '../time.ts';
import type { Device, DeviceRef, Status, StatusChange } from '../types.ts';

/** The last that is known of whether a device is there. */
export interface Presence {
  readonly status: Status;
  /** Unix milliseconds. */
  readonly since: number;
  /** For `offline`: the code of why. */
  readonly code?: string | undefined;
}

/** A {@link StatusChange} with the whole device. */
export type StaleDevice = StatusChange & { readonly device: Device };

/**
 * The last known presence of devices. A device that an earlier process left as online counts as offline from the time at
 * which this store was opened, until the device connects again.
 */
export class PresenceStore implements FlushPart {
  readonly #database: Database;
  readonly #devices: Devices;
  readonly #limits = storeLimits.values;
  readonly #sql;
  readonly #clock: Clock;
  readonly #openedAt: number;
  /** Ids of devices that were left as online and have not changed since. */
  readonly #stale: Set<string>;
  readonly #waiting = new Map<string, Presence>();
  #dropped = 0;
  whenDirty: (() => void) | undefined;

  constructor(database: Database, options: { devices: Devices; clock: Clock }) {
    this.#database = database;
    this.#devices = options.devices;
    this.#clock = options.clock;
    this.#openedAt = wholeTime(options.clock.now(), 0);
    this.#sql = {
      get: database.prepare('SELECT status, since, code FROM presence WHERE device_id = ?'),
      save: database.prepare(`INSERT INTO presence (device_id, status, since, code)
        SELECT id, ?2, ?3, ?4 FROM devices WHERE id = ?1
        ON CONFLICT (device_id) DO UPDATE SET status = excluded.status, since = excluded.since, code = excluded.code`),
      name: database.prepare('SELECT name FROM devices WHERE id = ?'),
      counts: database.prepare('SELECT status, code, count(*) AS n FROM presence GROUP BY status, code'),
    };
    const online = database.prepare("SELECT device_id FROM presence WHERE status = 'online'").all();
    this.#stale = new Set(online.map((row) => row.device_id as string));
  }

  /** Takes a change over. Never touches the database. */
  push(change: StatusChange): void {
    const { id } = change.device;
    this.#stale.delete(id);
    this.#waiting.delete(id);
    this.#waiting.set(id, {
      status: change.status,
      since: wholeTime(change.since, this.#clock.now()),
      code: change.code,
    });
    if (this.#waiting.size > this.#limits.presencePending) {
      this.#waiting.delete(this.#waiting.keys().next().value as string);
      this.#dropped++;
    }
    this.whenDirty?.();
  }

  /** Undefined when there is no such device, or when it was never seen. */
  get(name: string): Presence | undefined {
    const device = this.#devices.get(name);
    if (device === undefined) return undefined;
    if (this.#stale.has(device.id)) return this.#correction();
    const waiting = this.#waiting.get(device.id);
    if (waiting !== undefined) return waiting;
    const row = this.#sql.get.get(device.id);
    return row === undefined ? undefined : presenceOf(row);
  }

  /**
   * The changes to announce at startup: each device that was left as online is offline, with the code PRESENCE_STALE, since
   * the store was opened. After the announcement, pass each change to `observer().status`; otherwise the next start repeats it.
   */
  stale(): StaleDevice[] {
    const changes: StaleDevice[] = [];
    for (const id of this.#stale) {
      const name = this.#sql.name.get(id)?.name;
      const device = name === undefined ? undefined : this.#devices.get(name as string);
      if (device !== undefined) changes.push({ device, ...this.#correction() });
    }
    return changes;
  }

  /** How many devices were last seen online or offline, by the code of why; about a second old. Reads the whole table. */
  counts(): { readonly status: string; readonly code: string | undefined; readonly n: number }[] {
    return this.#sql.counts.all().map(({ status, code, n }) => ({
      status: status as string,
      code: (code as string | null) ?? undefined,
      n: Number(n),
    }));
  }

  /** Forgets a device that was removed. */
  forget(device: DeviceRef): void {
    this.#stale.delete(device.id);
    this.#waiting.delete(device.id);
  }

  stats(): { readonly waiting: number; readonly dropped: number } {
    return { waiting: this.#waiting.size, dropped: this.#dropped };
  }

  get dirty(): boolean {
    return this.#waiting.size > 0;
  }

  writeSlice(): void {
    const slice: [string, Presence][] = [];
    for (const entry of this.#waiting) if (slice.push(entry) >= this.#limits.flushSlice) break;
    this.#database.transaction('batch', () => {
      for (const [id, { status, since, code }] of slice) this.#sql.save.run(id, status, since, code ?? null);
    });
    for (const [id] of slice) this.#waiting.delete(id);
  }

  #correction(): Presence {
    return { status: 'offline', since: this.#openedAt, code: 'PRESENCE_STALE' };
  }
}

function presenceOf(row: Row): Presence {
  const code = row.code as string | null;
  return { status: row.status as Status, since: row.since as number, code: code ?? undefined };
}
