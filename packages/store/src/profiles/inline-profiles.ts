import { hash } from 'node:crypto';
import type { Clock } from '@fairlead/core';
import { BoundedMap } from '../bounded-map.ts';
import type { Database, Row } from '../database/database.ts';
import { storeLimits } from '../limits.ts';
import type { Profile, ProfileContent } from '../types.ts';

/** Framing and scripts that were given with a device. Equal contents share a row and an object. */
export class InlineProfiles {
  readonly #clock: Clock;
  readonly #newId: () => string;
  readonly #cache = new BoundedMap<string, Profile>(storeLimits.values.profilesCached);
  readonly #sql;

  constructor(database: Database, options: { clock: Clock; newId: () => string }) {
    this.#clock = options.clock;
    this.#newId = options.newId;
    this.#sql = {
      byId: database.prepare('SELECT * FROM profiles WHERE id = ?'),
      byContent: database.prepare('SELECT id FROM profiles WHERE content_hash = ? AND name IS NULL'),
      insert: database.prepare(`INSERT INTO profiles (id, content_hash, framing, uplink, downlink, auth_reply,
        heartbeat_echo, ack, created_at, changed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
      collect: database.prepare(`DELETE FROM profiles WHERE id = ?
        AND NOT EXISTS (SELECT 1 FROM devices WHERE profile_id = profiles.id)`),
    };
  }

  /** The one object of this id: devices of the same profile share it. */
  byId(id: string): Profile {
    const cached = this.#cache.get(id);
    if (cached !== undefined) return cached;
    const profile = profileOf(this.#sql.byId.get(id) as Row);
    this.#cache.set(id, profile);
    return profile;
  }

  /** The id of the profile with this content. Adds the profile if there is none. */
  idFor(content: ProfileContent): string {
    const row = this.#sql.byContent.get(hashContent(content));
    if (row !== undefined) return String(row.id);
    const id = this.#newId();
    const now = Math.trunc(this.#clock.now());
    this.#sql.insert.run(id, hashContent(content), ...columns(content), now, now);
    return id;
  }

  /** Removes a profile that no device refers to any more. */
  collect(id: string): void {
    if (this.#sql.collect.run(id) > 0) this.#cache.delete(id);
  }

  /** Clears memory that a rolled-back transaction may have changed. */
  forgetCached(): void {
    this.#cache.clear();
  }
}

function profileOf(row: Row): Profile {
  return {
    id: String(row.id),
    framing: text(row.framing),
    uplink: text(row.uplink),
    downlink: text(row.downlink),
    authReply: text(row.auth_reply),
    heartbeatEcho: row.heartbeat_echo === 1 ? true : undefined,
    ack: text(row.ack),
  };
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
