import type { Clock } from '@fairlead/core';
import type { Database, Row } from '../database/database.ts';
import type { FlushPart } from '../database/flusher.ts';
import { hashToken, type RandomBytes } from '../devices/token.ts';
import { storeLimits } from '../limits.ts';

/** A browser that is signed in. Times are Unix milliseconds. */
export interface Session {
  readonly id: string;
  /** Absent: the administrator, signed in by a link. */
  readonly user?: string | undefined;
  /** The address that it signed in from. */
  readonly remote: string;
  readonly createdAt: number;
  readonly seenAt: number;
  readonly expiresAt: number;
}

interface SessionsOptions {
  readonly clock: Clock;
  readonly newId: () => string;
  readonly randomBytes: RandomBytes;
}

/** Bytes of the secret in a cookie. */
const SECRET = 24;

/**
 * Sessions, over restarts too. All of them are in memory; on disk are the hashes of their secrets only, and when each was seen
 * last, a minute apart.
 */
export class Sessions implements FlushPart {
  readonly #database: Database;
  readonly #options: SessionsOptions;
  readonly #limits = storeLimits.values;
  readonly #sql;
  /** By the hash in hexadecimal; the one that was opened first is first. */
  readonly #byHash = new Map<string, Session>();
  /** When each was seen as the database has it, by id. */
  readonly #written = new Map<string, number>();
  readonly #changed = new Set<Session['id']>();
  whenDirty: (() => void) | undefined;

  constructor(database: Database, options: SessionsOptions) {
    this.#database = database;
    this.#options = options;
    this.#sql = {
      add: database.prepare(
        'INSERT INTO sessions (id, hash, user, remote, created_at, seen_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
      ),
      seen: database.prepare('UPDATE sessions SET seen_at = ? WHERE id = ?'),
      remove: database.prepare('DELETE FROM sessions WHERE id = ?'),
    };
    for (const row of database.prepare('SELECT * FROM sessions ORDER BY created_at, id').all()) {
      const session = sessionOf(row);
      this.#byHash.set(Buffer.from(row.hash as Uint8Array).toString('hex'), session);
      this.#written.set(session.id, session.seenAt);
    }
  }

  /** The secret is returned once. A user has a bounded number of sessions; one more ends the one that was seen longest ago. */
  open({ user, remote }: Pick<Session, 'user' | 'remote'>): {
    session: Session;
    secret: string;
    ended: Session[];
  } {
    const ended = this.#makeRoom(user);
    const secret = Buffer.from(this.#options.randomBytes(SECRET)).toString('base64url');
    const hash = hashToken(secret);
    const now = this.#now();
    const id = this.#options.newId();
    const session = {
      id,
      user,
      remote,
      createdAt: now,
      seenAt: now,
      expiresAt: now + this.#limits.sessionAge,
    };
    this.#database.transaction('settled', () => {
      for (const { id } of ended) this.#sql.remove.run(id);
      this.#sql.add.run(id, hash, user ?? null, remote, now, now, session.expiresAt);
    });
    for (const { id } of ended) this.#forget(id);
    this.#byHash.set(hash.toString('hex'), session);
    this.#written.set(id, now);
    return { session, secret, ended };
  }

  /** The session with this secret, unless it has ended. Notes that it was seen. */
  use(secret: string): Session | undefined {
    const hash = hashToken(secret).toString('hex');
    const known = this.#byHash.get(hash);
    if (known === undefined || !this.#isAlive(known)) return undefined;
    const session = { ...known, seenAt: this.#now() };
    this.#byHash.set(hash, session);
    if (session.seenAt - (this.#written.get(session.id) ?? 0) >= this.#limits.lastUse) {
      this.#changed.add(session.id);
      this.whenDirty?.();
    }
    return session;
  }

  /** Those that have not ended, the one opened last first. */
  list(): Session[] {
    return [...this.#byHash.values()].filter((session) => this.#isAlive(session)).reverse();
  }

  /** Ends sessions and returns them. */
  end(is: (session: Session) => boolean): Session[] {
    const ended = [...this.#byHash.values()].filter(is);
    if (ended.length === 0) return ended;
    this.#database.transaction('settled', () => {
      for (const { id } of ended) this.#sql.remove.run(id);
    });
    for (const { id } of ended) this.#forget(id);
    return ended;
  }

  get dirty(): boolean {
    return this.#changed.size > 0;
  }

  writeSlice(): void {
    const seen = [...this.#byHash.values()].filter(({ id }) => this.#changed.has(id));
    this.#database.transaction('batch', () => {
      for (const { id, seenAt } of seen) this.#sql.seen.run(seenAt, id);
    });
    for (const { id, seenAt } of seen) this.#written.set(id, seenAt);
    this.#changed.clear();
  }

  /** What has ended by itself, and of one user what is too much. */
  #makeRoom(user: string | undefined): Session[] {
    const over: Session[] = [];
    const own: Session[] = [];
    for (const session of this.#byHash.values()) {
      if (!this.#isAlive(session)) over.push(session);
      else if (session.user === user) own.push(session);
    }
    own.sort((a, b) => a.seenAt - b.seenAt);
    return [...over, ...own.slice(0, Math.max(0, own.length + 1 - this.#limits.sessionsOfUser))];
  }

  #isAlive({ seenAt, expiresAt }: Session): boolean {
    const now = this.#now();
    return now < expiresAt && now - seenAt < this.#limits.sessionIdle;
  }

  #forget(id: string): void {
    for (const [hash, session] of this.#byHash) if (session.id === id) this.#byHash.delete(hash);
    this.#written.delete(id);
    this.#changed.delete(id);
  }

  #now(): number {
    return Math.trunc(this.#options.clock.now());
  }
}

function sessionOf(row: Row): Session {
  return {
    id: row.id as string,
    user: (row.user as string | null) ?? undefined,
    remote: row.remote as string,
    createdAt: row.created_at as number,
    seenAt: row.seen_at as number,
    expiresAt: row.expires_at as number,
  };
}
