import type { Database } from '../database/database.ts';
import type { FlushPart } from '../database/flusher.ts';
import { storeLimits } from '../limits.ts';
import type { DeviceRef } from '../types.ts';

export interface StatesStats {
  readonly waiting: number;
  /** States that were dropped because they were too long or there was no room. */
  readonly dropped: number;
}

/** The state that scripts keep of devices across links, as the JSON text of an object. Written once a second, like latest values. */
export class DeviceStates implements FlushPart {
  readonly #database: Database;
  readonly #limits = storeLimits.values;
  readonly #waiting = new Map<string, string>();
  readonly #sql;
  #dropped = 0;
  whenDirty: (() => void) | undefined;

  constructor(database: Database) {
    this.#database = database;
    this.#sql = {
      get: database.prepare('SELECT state FROM device_state WHERE device_id = ?'),
      save: database.prepare(`INSERT INTO device_state (device_id, state)
        SELECT id, ?2 FROM devices WHERE id = ?1
        ON CONFLICT (device_id) DO UPDATE SET state = excluded.state`),
    };
  }

  /** The state last kept: JSON text. */
  get(device: DeviceRef): string | undefined {
    const waiting = this.#waiting.get(device.id);
    if (waiting !== undefined) return waiting;
    const row = this.#sql.get.get(device.id);
    return row === undefined ? undefined : (row.state as string);
  }

  /** Takes a state over: JSON text. Never touches the database. */
  put(device: DeviceRef, state: string): void {
    if (Buffer.byteLength(state) > this.#limits.deviceState) {
      this.#dropped++;
      return;
    }
    this.#waiting.delete(device.id);
    this.#waiting.set(device.id, state);
    if (this.#waiting.size > this.#limits.statesPending) {
      this.#waiting.delete(this.#waiting.keys().next().value as string);
      this.#dropped++;
    }
    this.whenDirty?.();
  }

  /** Forgets a device that was removed. */
  forget(device: DeviceRef): void {
    this.#waiting.delete(device.id);
  }

  stats(): StatesStats {
    return { waiting: this.#waiting.size, dropped: this.#dropped };
  }

  get dirty(): boolean {
    return this.#waiting.size > 0;
  }

  writeSlice(): void {
    const slice: [string, string][] = [];
    for (const entry of this.#waiting) if (slice.push(entry) >= this.#limits.flushSlice) break;
    this.#database.transaction('batch', () => {
      for (const [id, state] of slice) this.#sql.save.run(id, state);
    });
    for (const [id] of slice) this.#waiting.delete(id);
  }
}
