import { hash } from 'node:crypto';
import type { Clock } from '@fairlead/core';
import { BoundedMap } from '../bounded-map.ts';
import { storeErrors } from '../catalogue.ts';
import { checkFields, type Fail, isDeviceName } from '../check.ts';
import type { Database, Row } from '../database/database.ts';
import { storeLimits } from '../limits.ts';
import type { Profile, ProfileContent } from '../types.ts';
import { CONTENT_FIELDS, checkContent } from './content.ts';

const invalid: Fail = (field, reason) => storeErrors.error('PROFILE_INVALID', { field, reason });

/** Framing and scripts, named ones for people to share and unnamed ones that belong to definitions. */
export class Profiles {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #newId: () => string;
  readonly #cache = new BoundedMap<string, Profile>(storeLimits.values.profilesCached);
  readonly #sql;
  /** Called after a named profile's content changed, so that devices are read anew. */
  whenChanged: (() => void) | undefined;

  constructor(database: Database, options: { clock: Clock; newId: () => string }) {
    this.#database = database;
    this.#clock = options.clock;
    this.#newId = options.newId;
    this.#sql = {
      byId: database.prepare('SELECT * FROM profiles WHERE id = ?'),
      byName: database.prepare('SELECT * FROM profiles WHERE name = ?'),
      byContent: database.prepare('SELECT * FROM profiles WHERE content_hash = ? AND name IS NULL'),
      list: database.prepare('SELECT * FROM profiles WHERE name > ? ORDER BY name LIMIT ?'),
      insert:
        database.prepare(`INSERT INTO profiles (id, name, content_hash, framing, uplink, downlink, auth_reply,
        heartbeat_echo, ack, created_at, changed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
      update: database.prepare(`UPDATE profiles SET content_hash = ?, framing = ?, uplink = ?, downlink = ?,
        auth_reply = ?, heartbeat_echo = ?, ack = ?, changed_at = ? WHERE id = ?`),
      users: database.prepare('SELECT count(*) AS n FROM devices WHERE profile_id = ?'),
      remove: database.prepare('DELETE FROM profiles WHERE id = ?'),
      collect: database.prepare(`DELETE FROM profiles WHERE id = ? AND name IS NULL
        AND NOT EXISTS (SELECT 1 FROM devices WHERE profile_id = profiles.id)`),
    };
  }

  /** The profile of this name. */
  get(name: string): Profile | undefined {
    return this.#shared(this.#sql.byName.get(name));
  }

  /** Named profiles in the order of their names, after `after`. */
  list(options: { after?: string | undefined; limit?: number | undefined } = {}): Profile[] {
    const limit = Math.min(options.limit ?? storeLimits.values.page, storeLimits.values.page);
    return this.#sql.list.all(options.after ?? '', limit).map((row) => this.#shared(row));
  }

  /**
   * Adds a named profile, or gives the one of this name a new content: devices that refer to it have it at once, their
   * open links keep what they began with. Throws PROFILE_INVALID.
   */
  put(name: string, content: ProfileContent): Profile {
    if (!isDeviceName(name))
      throw invalid('name', 'letters, digits, "_", ":" and "-", at most 64, are expected; the first no sign');
    const checked = checkContent(checkFields(content, CONTENT_FIELDS, invalid), invalid);
    const old = this.#sql.byName.get(name);
    this.#database.transaction('settled', () => {
      if (old === undefined) this.#insert(name, checked);
      else
        this.#sql.update.run(
          hashContent(checked),
          ...columns(checked),
          Math.trunc(this.#clock.now()),
          String(old.id),
        );
    });
    if (old !== undefined) {
      this.#cache.delete(String(old.id));
      this.whenChanged?.();
    }
    return this.get(name) as Profile;
  }

  /** Throws PROFILE_UNKNOWN, or PROFILE_IN_USE while a device refers to it. */
  remove(name: string): void {
    const row = this.#sql.byName.get(name);
    if (row === undefined) throw storeErrors.error('PROFILE_UNKNOWN', { name });
    const count = Number(this.#sql.users.get(String(row.id))?.n);
    if (count > 0) throw storeErrors.error('PROFILE_IN_USE', { name, count });
    this.#database.transaction('settled', () => this.#sql.remove.run(String(row.id)));
    this.#cache.delete(String(row.id));
  }

  /** The one object of this id: devices of the same profile share it. */
  byId(id: string): Profile {
    return this.#cache.get(id) ?? this.#shared(this.#sql.byId.get(id) as Row);
  }

  /** Id for a definition's profile: the named one, or the unnamed one of this content. Throws PROFILE_UNKNOWN. */
  idFor(profile: string | ProfileContent): string {
    if (typeof profile === 'string') {
      const row = this.#sql.byName.get(profile);
      if (row === undefined) throw storeErrors.error('PROFILE_UNKNOWN', { name: profile });
      return String(row.id);
    }
    const row = this.#sql.byContent.get(hashContent(profile));
    return row === undefined ? this.#insert(null, profile) : String(row.id);
  }

  /** Removes an unnamed profile that no device refers to any more. */
  collect(id: string): void {
    if (this.#sql.collect.run(id) > 0) this.#cache.delete(id);
  }

  /** Forgets what a transaction that was undone may have left in memory. */
  forgetCached(): void {
    this.#cache.clear();
  }

  #insert(name: string | null, content: ProfileContent): string {
    const id = this.#newId();
    const now = Math.trunc(this.#clock.now());
    this.#sql.insert.run(id, name, hashContent(content), ...columns(content), now, now);
    return id;
  }

  #shared(row: Row): Profile;
  #shared(row: Row | undefined): Profile | undefined;
  #shared(row: Row | undefined): Profile | undefined {
    if (row === undefined) return undefined;
    const id = String(row.id);
    const cached = this.#cache.get(id);
    if (cached !== undefined) return cached;
    const profile: Profile = {
      id,
      name: text(row.name),
      framing: text(row.framing),
      uplink: text(row.uplink),
      downlink: text(row.downlink),
      authReply: text(row.auth_reply),
      heartbeatEcho: row.heartbeat_echo === 1 ? true : undefined,
      ack: text(row.ack),
    };
    this.#cache.set(id, profile);
    return profile;
  }
}

function text(value: Row[string] | undefined): string | undefined {
  return value === null || value === undefined ? undefined : String(value);
}

function columns(content: ProfileContent) {
  return [
    content.framing ?? null,
    content.uplink ?? null,
    content.downlink ?? null,
    content.authReply ?? null,
    content.heartbeatEcho ? 1 : null,
    content.ack ?? null,
  ] as const;
}

function hashContent(content: ProfileContent): Buffer {
  return hash('sha256', JSON.stringify(columns(content)), 'buffer');
}
