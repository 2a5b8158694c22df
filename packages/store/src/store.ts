import { randomBytes } from 'node:crypto';
import { type Clock, type Log, systemClock } from '@fairlead/core';
import { monotonicFactory } from 'ulid';
import { AutomationRows } from './automation/automation.ts';
import { storeErrors } from './catalogue.ts';
import type { Database } from './database/database.ts';
import { Flusher } from './database/flusher.ts';
import { Devices } from './devices/devices.ts';
import type { RandomBytes } from './devices/token.ts';
import { storeLimits } from './limits.ts';
import { backup } from './migrations/migrate.ts';
import { openDatabase } from './open.ts';
import { Profiles } from './profiles/profiles.ts';
import { Settings } from './settings.ts';
import { Messages, type MessagesStats } from './telemetry/messages.ts';
import { PresenceStore } from './telemetry/presence.ts';
import { Values, type ValuesStats } from './telemetry/values.ts';
import type { Health, StatusChange, Uplink } from './types.ts';

export interface StoreOptions {
  /** The data folder; made, for its owner only, if it is not there. */
  readonly dir: string;
  readonly clock?: Clock | undefined;
  readonly log?: Log | undefined;
  /** The message log: how many messages it keeps (default 100,000); 0 turns it off and empties it. */
  readonly messages?: { readonly keep?: number | undefined } | undefined;
  /** Bytes that the database file may grow to; default 16 GiB. */
  readonly maxSize?: number | undefined;
  /** Source of tokens, for tests; default the system's. */
  readonly randomBytes?: RandomBytes | undefined;
}

/** Sees everything that devices say. Fits the gateway's `UplinkObserver`. */
export interface StoreObserver {
  uplinks(batch: readonly Uplink[]): void;
  status(change: StatusChange): void;
}

// What each part offers to the outside; the rest is between them.
export type StoreDevices = Omit<Devices, 'whenRemoved'>;
export type StoreProfiles = Pick<Profiles, 'get' | 'list' | 'put' | 'remove'>;
export type StoreValues = Pick<Values, 'get' | 'merge' | 'stats'>;
export type StoreMessages = Pick<Messages, 'list' | 'stats'>;
export type StorePresence = Pick<PresenceStore, 'get' | 'stale' | 'stats'>;
export type StoreSettings = Pick<Settings, 'get' | 'set'>;

export type StoreAutomation = Pick<AutomationRows, keyof AutomationRows>;

export interface StoreStats {
  readonly messages: MessagesStats;
  readonly values: ValuesStats;
  readonly presence: { readonly waiting: number; readonly dropped: number };
}

/** What is remembered. One process at a time has a store open. */
export interface Store extends AsyncDisposable {
  readonly devices: StoreDevices;
  readonly profiles: StoreProfiles;
  readonly values: StoreValues;
  readonly messages: StoreMessages;
  readonly presence: StorePresence;
  readonly settings: StoreSettings;
  readonly automation: StoreAutomation;
  observer(): StoreObserver;
  /** Whether writing works. While it does not, memory holds what it can, and it is tried again. */
  health(): Health;
  stats(): StoreStats;
  /** Writes everything that waits, now. Throws STORE_FAILED. */
  flush(): void;
  /** Writes a consistent copy of the database, while it is in use. Throws STORE_FAILED. */
  backup(file: string): void;
  /** Writes what waits and closes. What can no longer be written is logged. Once is enough, more do no harm. */
  close(): Promise<void>;
}

/**
 * Opens the store of a data folder. Throws STORE_UNREADABLE, STORE_LOCKED, STORE_CORRUPT, STORE_NEWER or
 * STORE_MIGRATION_FAILED, and then has changed nothing but the file's format.
 */
export function openStore(options: StoreOptions): Store {
  const { clock = systemClock, log, maxSize = storeLimits.values.databaseSize } = options;
  const database = openDatabase(options.dir, { clock, log, maxSize });
  try {
    return assemble(database, { ...options, clock });
  } catch (error) {
    database.close();
    throw error;
  }
}

function assemble(database: Database, options: StoreOptions & { clock: Clock }): Store {
  const { clock, log } = options;
  const ulid = monotonicFactory();
  const newId = () => ulid(Math.trunc(clock.now()));
  const profiles = new Profiles(database, { clock, newId });
  const devices = new Devices(database, {
    profiles,
    clock,
    newId,
    randomBytes: options.randomBytes ?? randomBytes,
  });
  const values = new Values(database, { devices, clock });
  const messages = new Messages(database, {
    clock,
    keep: options.messages?.keep ?? storeLimits.values.messages,
  });
  const presence = new PresenceStore(database, { devices, clock });
  const settings = new Settings(database, { clock });
  const automation = new AutomationRows(database, { clock });
  const flusher = new Flusher(database, clock, [presence, values, messages]);
  const written = (much: boolean) => (much ? flusher.hurry() : flusher.wake());
  values.whenDirty = written;
  messages.whenDirty = written;
  presence.whenDirty = () => flusher.wake();
  database.whenFailing = () => flusher.wake();
  devices.whenRemoved = (device) => {
    values.forget(device.id);
    messages.forget(device.id);
    presence.forget(device);
  };

  let closed = false;
  const observer: StoreObserver = {
    uplinks(batch) {
      if (closed) return;
      for (const uplink of batch) {
        if (uplink.kind === 'attributes') values.push(uplink);
        messages.push(uplink);
      }
    },
    status(change) {
      if (!closed) presence.push(change);
    },
  };

  async function close(): Promise<void> {
    if (closed) return;
    closed = true;
    try {
      flusher.close();
    } catch (error) {
      const lost = { messages: messages.stats().waiting, values: values.stats().waiting };
      log?.error({ error: String(error), lost }, 'The store was closed with data that could not be written.');
    }
    database.close();
  }

  return {
    devices,
    profiles,
    values,
    messages,
    presence,
    settings,
    automation,
    observer: () => observer,
    health: () =>
      closed
        ? { ok: false, error: storeErrors.error('STORE_CLOSED'), since: clock.now() }
        : database.health(),
    stats: () => ({ messages: messages.stats(), values: values.stats(), presence: presence.stats() }),
    flush: () => flusher.flush(),
    backup: (file) => backup(database, file),
    close,
    [Symbol.asyncDispose]: close,
  };
}
