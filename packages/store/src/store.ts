import { randomBytes } from 'node:crypto';
import { type Clock, type Log, systemClock } from '@fairlead/core';
import { decodeTime, monotonicFactory } from 'ulid';
import { ApiTokens } from './access/api-tokens.ts';
import { Audit } from './access/audit.ts';
import { Sessions } from './access/sessions.ts';
import { Users } from './access/users.ts';
import { AutomationRows } from './automation/automation.ts';
import { storeErrors } from './catalogue.ts';
import { copyDatabase } from './database/copy.ts';
import type { Database } from './database/database.ts';
import { Flusher } from './database/flusher.ts';
import { GroupCommit } from './database/group-commit.ts';
import { Revisions } from './database/revisions.ts';
import { Desired } from './desired/desired.ts';
import { anySecret } from './devices/device-rows.ts';
import { Devices } from './devices/devices.ts';
import { openSecretBox, type SecretBox } from './devices/secret-box.ts';
import type { RandomBytes } from './devices/token.ts';
import { Downlinks, type DownlinksStats } from './downlinks/downlinks.ts';
import { History, type HistoryOptions, type HistoryStats } from './history/history.ts';
import { removeHistory } from './history/open-history.ts';
import { Inbox } from './inbox/inbox.ts';
import { storeLimits } from './limits.ts';
import { backup } from './migrations/migrate.ts';
import { openDatabase } from './open.ts';
import { Profiles } from './profiles/profiles.ts';
import { Settings } from './settings.ts';
import { Messages, type MessagesStats } from './telemetry/messages.ts';
import { PresenceStore } from './telemetry/presence.ts';
import { DeviceStates, type StatesStats } from './telemetry/states.ts';
import { Values, type ValuesStats } from './telemetry/values.ts';
import type { Health, ProfileReader, Protocol, StatusChange, Uplink } from './types.ts';

export interface StoreOptions {
  /** The data folder; created for its owner only, if it does not exist. */
  readonly dir: string;
  /** Protocols that devices may speak, the default one first; by default `official`, `custom` and `profile`. */
  readonly protocols?: readonly Protocol[] | undefined;
  /** Reads named profiles; without it there are none. */
  readonly profiles?: ProfileReader | undefined;
  /** What the key for the secrets of devices is derived from; by default the data folder has a file with the key. */
  readonly secretKey?: string | undefined;
  readonly clock?: Clock | undefined;
  readonly log?: Log | undefined;
  /** The message log: how many messages it keeps (default 100,000); 0 turns it off and empties it. */
  readonly messages?: { readonly keep?: number | undefined } | undefined;
  /** The history of values: how long it keeps what, in milliseconds. Absent: there is none; `off`: an earlier one is removed. */
  readonly history?: HistoryOptions | 'off' | undefined;
  /** The audit log: how many entries it keeps of each class, and for how many milliseconds. */
  readonly audit?: { readonly keep: number; readonly age: number } | undefined;
  /** Largest size of the database file in bytes; default 16 GiB. */
  readonly maxSize?: number | undefined;
  /** Source of tokens, for tests; default the system's. */
  readonly randomBytes?: RandomBytes | undefined;
}

/** Receives all messages and status changes of devices. Fits the gateway's `UplinkObserver`. */
export interface StoreObserver {
  uplinks(batch: readonly Uplink[]): void;
  status(change: StatusChange): void;
}

// The public methods of each part; the parts use the others among themselves.
export type StoreDevices = Omit<Devices, 'whenRemoved'>;
export type StoreProfiles = Pick<
  Profiles,
  'get' | 'list' | 'revision' | 'versions' | 'files' | 'put' | 'remove' | 'users'
>;
export type StoreValues = Pick<Values, 'get' | 'merge' | 'stats'>;
export type StoreMessages = Pick<Messages, 'list' | 'stats'>;
export type StoreHistory = Pick<History, 'messages' | 'buckets' | 'stats' | 'copyTo'>;
export type StorePresence = Pick<PresenceStore, 'get' | 'stale' | 'stats' | 'counts'>;
export type StoreDeviceState = Pick<DeviceStates, 'get' | 'put' | 'stats'>;
export type StoreInbox = Pick<Inbox, 'note' | 'list' | 'get' | 'drop'>;
export type StoreDownlinks = Omit<Downlinks, 'forget'>;
export type StoreDesired = Pick<Desired, keyof Desired>;
export type StoreApiTokens = Pick<ApiTokens, 'add' | 'list' | 'get' | 'use' | 'remove'>;
export type StoreUsers = Pick<
  Users,
  'checkNew' | 'add' | 'list' | 'get' | 'existing' | 'setRole' | 'setPassword' | 'remove'
>;
export type StoreSessions = Pick<Sessions, 'open' | 'use' | 'list' | 'end'>;
export type StoreAudit = Pick<Audit, 'add' | 'list'>;
export type StoreSettings = Pick<Settings, 'get' | 'set'>;

export type StoreAutomation = Pick<AutomationRows, keyof AutomationRows>;

export interface StoreStats {
  readonly messages: MessagesStats;
  /** Absent if it is turned off. */
  readonly history?: HistoryStats | undefined;
  readonly values: ValuesStats;
  readonly presence: { readonly waiting: number; readonly dropped: number };
  readonly deviceState: StatesStats;
  readonly downlinks: DownlinksStats;
}

/** The stored data of the service. Only one process at a time can open a store. */
export interface Store extends AsyncDisposable {
  readonly devices: StoreDevices;
  readonly profiles: StoreProfiles;
  readonly values: StoreValues;
  readonly messages: StoreMessages;
  /** Absent if it is turned off. */
  readonly history: StoreHistory | undefined;
  readonly presence: StorePresence;
  readonly deviceState: StoreDeviceState;
  readonly inbox: StoreInbox;
  /** The ledger of downlinks. */
  readonly downlinks: StoreDownlinks;
  readonly desired: StoreDesired;
  readonly apiTokens: StoreApiTokens;
  readonly users: StoreUsers;
  readonly sessions: StoreSessions;
  readonly audit: StoreAudit;
  readonly settings: StoreSettings;
  readonly automation: StoreAutomation;
  observer(): StoreObserver;
  /** Whether writing works. While it does not, data is buffered in memory and the write is retried. */
  health(): Health;
  stats(): StoreStats;
  /** Writes all waiting data now. Throws STORE_FAILED. */
  flush(): void;
  /** Writes a consistent copy of the database, while it is in use. Throws STORE_FAILED. */
  backup(file: string): void;
  /**
   * Writes waiting data, then copies the database as it is at the end of the copy, while it is in use. Other work goes on
   * meanwhile. The file is for its owner only. Rejects with STORE_FAILED; then there is no file.
   */
  copyTo(file: string): Promise<void>;
  /** Writes waiting data and closes. Data that cannot be written is logged as lost. Idempotent. */
  close(): Promise<void>;
}

/**
 * Opens the store of a data folder. Throws STORE_UNREADABLE, STORE_LOCKED, STORE_CORRUPT, STORE_NEWER,
 * STORE_MIGRATION_FAILED, DEVICE_KEY_INVALID or DEVICE_SECRET_UNREADABLE; in these cases at most the format of the file has changed.
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

/** Throws DEVICE_KEY_INVALID, and DEVICE_SECRET_UNREADABLE if the database has secrets that the key cannot open. */
function openBox(database: Database, { dir, secretKey }: StoreOptions): SecretBox {
  const box = openSecretBox(dir, secretKey);
  const sample = anySecret(database);
  if (sample !== undefined) box.open(sample.secret, sample.id);
  return box;
}

/** Throws STORE_UNREADABLE, STORE_LOCKED, STORE_NEWER or STORE_MIGRATION_FAILED. */
function openHistory(
  database: Database,
  { dir, history, clock, log }: StoreOptions & { clock: Clock },
): History | undefined {
  if (history === 'off') removeHistory(dir);
  if (history === undefined || history === 'off') return undefined;
  const device = database.prepare('SELECT 1 FROM devices WHERE id = ?');
  return new History(history, { dir, clock, log, exists: (id) => device.get(id) !== undefined });
}

function assemble(database: Database, options: StoreOptions & { clock: Clock }): Store {
  const { clock, log } = options;
  const ulid = monotonicFactory();
  // Downlinks are sent in the order of their ids, also after the clock was set back and the service has started again.
  const { id } = database.prepare('SELECT max(id) AS id FROM downlinks').get() as { id: string | null };
  const first = id === null ? 0 : decodeTime(id) + 1;
  const newId = () => ulid(Math.max(Math.trunc(clock.now()), first));
  const revisions = new Revisions(database);
  const profiles = new Profiles(database, { clock, newId, log, revisions, reader: options.profiles });
  const random = options.randomBytes ?? randomBytes;
  const box = openBox(database, options);
  const devices = new Devices(database, {
    profiles,
    clock,
    newId,
    randomBytes: random,
    protocols: options.protocols ?? ['official', 'custom', 'profile'],
    box,
    revisions,
  });
  const values = new Values(database, { devices, clock });
  const messages = new Messages(database, {
    clock,
    keep: options.messages?.keep ?? storeLimits.values.messages,
  });
  const history = openHistory(database, options);
  const presence = new PresenceStore(database, { devices, clock });
  const deviceState = new DeviceStates(database);
  const inbox = new Inbox(database, { clock });
  const commits = new GroupCommit(database);
  const downlinks = new Downlinks(database, { clock, newId, commits });
  const desired = new Desired(database, commits);
  const apiTokens = new ApiTokens(database, { clock, randomBytes: random });
  const users = new Users(database, { clock });
  const sessions = new Sessions(database, { clock, newId, randomBytes: random });
  const { audit: keep, auditAge: age } = storeLimits.values;
  const audit = new Audit(database, { keep, age, ...options.audit, box, clock });
  const settings = new Settings(database, { clock });
  const automation = new AutomationRows(database, { clock, revisions });
  const flusher = new Flusher(database, clock, [
    presence,
    deviceState,
    values,
    messages,
    inbox,
    apiTokens,
    sessions,
  ]);
  const written = (much: boolean) => (much ? flusher.hurry() : flusher.wake());
  values.whenDirty = written;
  messages.whenDirty = written;
  for (const part of [presence, deviceState, inbox, apiTokens, sessions])
    part.whenDirty = () => flusher.wake();
  if (inbox.dirty) flusher.wake();
  database.whenFailing = () => flusher.wake();
  devices.whenRemoved = (device) => {
    values.forget(device.id);
    messages.forget(device.id);
    history?.forget(device.id);
    presence.forget(device);
    deviceState.forget(device);
    downlinks.forget(device);
  };

  let closed = false;
  const observer: StoreObserver = {
    uplinks(batch) {
      if (closed) return;
      values.push(batch);
      messages.push(batch);
      history?.push(batch);
    },
    status(change) {
      if (!closed) presence.push(change);
    },
  };

  async function close(): Promise<void> {
    if (closed) return;
    closed = true;
    commits.flush();
    history?.close();
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
    history,
    presence,
    deviceState,
    inbox,
    downlinks,
    desired,
    apiTokens,
    users,
    sessions,
    audit,
    settings,
    automation,
    observer: () => observer,
    health: () =>
      closed
        ? { ok: false, error: storeErrors.error('STORE_CLOSED'), since: clock.now() }
        : database.health(),
    stats: () => ({
      messages: messages.stats(),
      history: history?.stats(),
      values: values.stats(),
      presence: presence.stats(),
      deviceState: deviceState.stats(),
      downlinks: downlinks.stats(),
    }),
    flush: () => {
      flusher.flush();
      history?.flush();
    },
    backup: (file) => backup(database, file),
    copyTo: (file) => copyDatabase(database, flusher, file),
    close,
    [Symbol.asyncDispose]: close,
  };
}
