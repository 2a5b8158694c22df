import { type Clock, JsonKeySets, type JsonKeys, nestsDeeper } from '@fairlead/core';
import type { Database } from '../database/database.ts';
import type { FlushPart } from '../database/flusher.ts';
import type { Devices } from '../devices/devices.ts';
import { storeLimits } from '../limits.ts';
import type { Uplink } from '../types.ts';

export interface LatestValue {
  readonly value: unknown;
  /** Unix milliseconds. */
  readonly time: number;
}

/** The latest values of one device. */
export interface LatestValues {
  readonly values: Readonly<Record<string, LatestValue>>;
}

/** A message that is not parsed yet: the newest one with its keys. */
interface Pending {
  /** undefined: they are not known, and no other message replaces this one. */
  readonly keys: JsonKeys | undefined;
  payload: Uint8Array;
  time: number;
}

/** The values of one device. Usually no message is pending and the values are parsed. */
interface Entry {
  readonly id: string;
  /** In the order of their last update. */
  values: Map<string, LatestValue>;
  /** Whether the values from the database are loaded. */
  loaded: boolean;
  dirty: boolean;
  /** Oldest first. */
  readonly pending: Pending[];
  /** Of messages that come without their keys. */
  keySets: JsonKeySets | undefined;
}

export interface ValuesStats {
  readonly devicesInMemory: number;
  readonly waiting: number;
  readonly dropped: number;
}

/**
 * Latest values, by device and key. The value received last is the latest, regardless of its timestamp, so that one reading
 * from a clock that is ahead does not hide all later ones.
 *
 * A message costs little when it arrives: it waits unparsed. It replaces the waiting message that has the same keys. Waiting
 * messages are parsed once a second, and when values are read.
 */
export class Values implements FlushPart {
  readonly #database: Database;
  readonly #devices: Devices;
  readonly #clock: Clock;
  readonly #limits = storeLimits.values;
  readonly #entries = new Map<string, Entry>();
  readonly #dirty = new Set<Entry>();
  readonly #decoder = new TextDecoder();
  readonly #load;
  readonly #save;
  #pendingBytes = 0;
  #dropped = 0;
  /** Called when there is something to write; `true`: much of it. */
  whenDirty: ((much: boolean) => void) | undefined;

  constructor(database: Database, options: { devices: Devices; clock: Clock }) {
    this.#database = database;
    this.#devices = options.devices;
    this.#clock = options.clock;
    this.#load = database.prepare('SELECT entries FROM latest_values WHERE device_id = ?');
    this.#save = database.prepare(`INSERT INTO latest_values (device_id, entries)
      SELECT id, ?2 FROM devices WHERE id = ?1 ON CONFLICT (device_id) DO UPDATE SET entries = excluded.entries`);
  }

  /** Takes the attributes among the messages over. Never touches the database. */
  push(batch: readonly Uplink[]): void {
    for (let i = 0; i < batch.length; i++) {
      const uplink = batch[i] as Uplink;
      if (uplink.kind === 'attributes' && !this.#replaces(batch[i + 1], uplink)) this.#add(uplink);
    }
  }

  /** Whether the next message has all keys of this one, so that this one need not wait. */
  #replaces(next: Uplink | undefined, { keys, device }: Uplink): boolean {
    return (
      next !== undefined &&
      keys !== undefined &&
      next.keys === keys &&
      next.device === device &&
      next.kind === 'attributes' &&
      next.payload.length <= this.#limits.valueSize
    );
  }

  #add(uplink: Uplink): void {
    const { payload, time } = uplink;
    const entry = this.#entryFor(uplink.device.id);
    const { pending } = entry;
    const large = payload.length > this.#limits.valueSize;
    // Values of a large message may be left out: then those of an older message count.
    const keys = large ? undefined : (uplink.keys ?? keysOf(entry, payload));
    const same = keys === undefined ? undefined : takeOut(pending, keys);
    if (same === undefined) pending.push({ keys, payload, time });
    else {
      this.#pendingBytes -= same.payload.length;
      same.payload = payload;
      same.time = time;
      pending.push(same);
    }
    this.#pendingBytes += payload.length;
    if (
      large ||
      pending.length > this.#limits.valuesPending ||
      this.#pendingBytes > this.#limits.valuesPendingBytes
    )
      this.#parse(entry);
    this.#touch(entry);
  }

  /** Merges values given as an object; time defaults to now. */
  merge(deviceId: string, values: Readonly<Record<string, unknown>>, time: number = this.#clock.now()): void {
    const entry = this.#entryFor(deviceId);
    this.#parse(entry);
    this.#apply(entry, values, time, true);
    this.#touch(entry);
  }

  /** Latest values of the device of this name; undefined when there is no such device. */
  get(name: string): LatestValues | undefined {
    const device = this.#devices.get(name);
    if (device === undefined) return undefined;
    const entry = this.#entryFor(device.id);
    this.#complete(entry);
    return { values: Object.fromEntries(entry.values) };
  }

  /** Forgets a device that was removed. */
  forget(deviceId: string): void {
    const entry = this.#entries.get(deviceId);
    if (entry !== undefined) this.#leave(entry);
  }

  stats(): ValuesStats {
    return { devicesInMemory: this.#entries.size, waiting: this.#dirty.size, dropped: this.#dropped };
  }

  get dirty(): boolean {
    return this.#dirty.size > 0;
  }

  writeSlice(): void {
    const slice: Entry[] = [];
    for (const entry of this.#dirty) if (slice.push(entry) >= this.#limits.flushSlice) break;
    this.#database.transaction('batch', () => {
      for (const entry of slice) {
        this.#complete(entry);
        this.#save.run(entry.id, textOf(entry.values));
      }
    });
    for (const entry of slice) {
      entry.dirty = false;
      this.#dirty.delete(entry);
    }
    this.#makeRoom();
  }

  /** Values alone are kept from here on, and the chunks that payloads are part of can go. */
  settle(): void {
    for (const entry of this.#dirty) this.#parse(entry);
  }

  #entryFor(id: string): Entry {
    const known = this.#entries.get(id);
    if (known !== undefined) return known;
    const entry: Entry = {
      id,
      values: new Map(),
      loaded: false,
      dirty: false,
      pending: [],
      keySets: undefined,
    };
    this.#entries.set(id, entry);
    if (this.#entries.size > this.#limits.valuesDevices) this.#makeRoom(entry);
    return entry;
  }

  #touch(entry: Entry): void {
    if (entry.dirty) return;
    entry.dirty = true;
    this.#dirty.add(entry);
    this.whenDirty?.(this.#dirty.size >= this.#limits.valuesBatch);
  }

  /** Lets entries go that are written; where all wait to be written, the one that waits longest. */
  #makeRoom(spare?: Entry): void {
    let excess = this.#entries.size - this.#limits.valuesDevices;
    if (excess <= 0) return;
    if (this.#dirty.size < this.#entries.size - 1) {
      for (const entry of this.#entries.values()) {
        if (excess <= 0) return;
        if (entry.dirty || entry === spare) continue;
        this.#leave(entry);
        excess--;
      }
    }
    for (const entry of this.#dirty) {
      if (excess <= 0) return;
      if (entry === spare) continue;
      this.#leave(entry);
      this.#dropped++;
      excess--;
    }
  }

  #leave(entry: Entry): void {
    this.#dropPending(entry);
    this.#dirty.delete(entry);
    this.#entries.delete(entry.id);
  }

  /** Completes the values: those of the database, then those of waiting messages. */
  #complete(entry: Entry): void {
    this.#parse(entry);
    if (entry.loaded) return;
    const row = this.#load.get(entry.id);
    const newer = entry.values;
    const values = new Map<string, LatestValue>();
    if (row !== undefined) {
      for (const [key, [value, time]] of storedEntries(row.entries))
        if (!newer.has(key)) values.set(key, { value, time });
    }
    for (const [key, latest] of newer) values.set(key, latest);
    entry.values = values;
    entry.loaded = true;
    this.#trim(values);
  }

  #parse(entry: Entry): void {
    for (const { payload, time } of entry.pending) {
      const values = this.#object(payload);
      if (values !== undefined) this.#apply(entry, values, time, payload.length > this.#limits.valueSize);
    }
    this.#dropPending(entry);
  }

  /** The gateway passes only JSON objects. Other values, and values that cannot be written as JSON again, are ignored. */
  #object(payload: Uint8Array): Record<string, unknown> | undefined {
    try {
      const text = this.#decoder.decode(payload);
      if (nestsDeeper(text, storeLimits.values.valueDepth)) return undefined;
      const value: unknown = JSON.parse(text);
      return typeof value === 'object' && value !== null && !Array.isArray(value)
        ? (value as Record<string, unknown>)
        : undefined;
    } catch {
      return undefined;
    }
  }

  #dropPending(entry: Entry): void {
    for (const { payload } of entry.pending) this.#pendingBytes -= payload.length;
    entry.pending.length = 0;
  }

  #apply(entry: Entry, values: Readonly<Record<string, unknown>>, time: number, measure: boolean): void {
    const { valueKeyLength, valueSize } = this.#limits;
    for (const key of Object.keys(values)) {
      const value = values[key];
      if (value === undefined || key.length > valueKeyLength) continue;
      if (measure && Buffer.byteLength(JSON.stringify(value) ?? '') > valueSize) continue;
      entry.values.delete(key);
      entry.values.set(key, { value, time });
    }
    this.#trim(entry.values);
  }

  #trim(values: Map<string, LatestValue>): void {
    for (const key of values.keys()) {
      if (values.size <= this.#limits.valueKeys) return;
      values.delete(key);
    }
  }
}

function keysOf(entry: Entry, payload: Uint8Array): JsonKeys | undefined {
  entry.keySets ??= new JsonKeySets();
  return entry.keySets.isObject(payload) ? entry.keySets.keys : undefined;
}

/** Removes the message with these keys from those that wait, and returns it. */
function takeOut(pending: Pending[], keys: JsonKeys): Pending | undefined {
  for (let at = pending.length - 1; at >= 0; at--)
    if (pending[at]?.keys === keys)
      return at === pending.length - 1 ? pending.pop() : pending.splice(at, 1)[0];
  return undefined;
}

/** An array, because the order matters and an object would put keys like "7" first. */
type StoredEntries = [key: string, latest: [value: unknown, time: number]][];

/** A row that is not as this program writes it counts for as much as can be understood. */
function storedEntries(text: unknown): StoredEntries {
  try {
    if (typeof text !== 'string' || nestsDeeper(text, storeLimits.values.valueDepth + 3)) return [];
    const entries: unknown = JSON.parse(text);
    return Array.isArray(entries) ? entries.filter(isStoredEntry) : [];
  } catch {
    return [];
  }
}

function isStoredEntry(entry: unknown): entry is StoredEntries[number] {
  if (!Array.isArray(entry) || typeof entry[0] !== 'string' || !Array.isArray(entry[1])) return false;
  return entry[1][0] !== undefined && typeof entry[1][1] === 'number';
}

function textOf(values: ReadonlyMap<string, LatestValue>): string {
  const entries: StoredEntries = [];
  for (const [key, { value, time }] of values) entries.push([key, [value, time]]);
  return JSON.stringify(entries);
}
