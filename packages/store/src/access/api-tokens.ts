import type { Clock } from '@fairlead/core';
import { storeErrors } from '../catalogue.ts';
import type { Database, Row } from '../database/database.ts';
import type { FlushPart } from '../database/flusher.ts';
import { hashToken, type RandomBytes } from '../devices/token.ts';
import { storeLimits } from '../limits.ts';
import { checkAccessName } from './name.ts';

/** A token of the HTTP API, without its secret. Times are Unix milliseconds. */
export interface ApiToken {
  readonly name: string;
  readonly scopes: readonly string[];
  /** Who made it. */
  readonly createdBy: string;
  readonly createdAt: number;
  /** Absent: it does not expire. */
  readonly expiresAt?: number | undefined;
  /** Absent: it was never used. Recorded once a minute. */
  readonly lastUsedAt?: number | undefined;
}

export interface NewApiToken {
  readonly name: string;
  readonly scopes: readonly string[];
  readonly createdBy: string;
  /** Milliseconds until it expires; absent: it does not. */
  readonly lifetime?: number | undefined;
}

/** Tokens of the HTTP API. All of them are in memory; on disk are their hashes only. */
export class ApiTokens implements FlushPart {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #randomBytes: RandomBytes;
  readonly #sql;
  /** By the hash in hexadecimal. */
  readonly #byHash = new Map<string, ApiToken>();
  /** Hash by the name in lower case. */
  readonly #hashes = new Map<string, string>();
  /** Hashes of tokens whose use has not been written. */
  readonly #used = new Set<string>();
  whenDirty: (() => void) | undefined;

  constructor(database: Database, options: { clock: Clock; randomBytes: RandomBytes }) {
    this.#database = database;
    this.#clock = options.clock;
    this.#randomBytes = options.randomBytes;
    this.#sql = {
      add: database.prepare(
        'INSERT INTO api_tokens (name, hash, scopes, created_by, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)',
      ),
      use: database.prepare('UPDATE api_tokens SET last_used_at = ? WHERE name = ?'),
      remove: database.prepare('DELETE FROM api_tokens WHERE name = ?'),
    };
    for (const row of database.prepare('SELECT * FROM api_tokens').all())
      this.#keep(Buffer.from(row.hash as Uint8Array).toString('hex'), tokenOf(row));
  }

  /** The secret is returned once. Throws ACCESS_NAME_INVALID, API_TOKEN_EXISTS, API_TOKENS_FULL. */
  add({ name, scopes, createdBy, lifetime }: NewApiToken): { token: ApiToken; secret: string } {
    checkAccessName(name);
    if (this.get(name) !== undefined) throw storeErrors.error('API_TOKEN_EXISTS', { name });
    const limit = storeLimits.values.apiTokens;
    if (this.#byHash.size >= limit) throw storeErrors.error('API_TOKENS_FULL', { limit });
    const secret = `ft_${Buffer.from(this.#randomBytes(16)).toString('hex')}`;
    const hash = hashToken(secret);
    const createdAt = Math.trunc(this.#clock.now());
    const expiresAt = lifetime === undefined ? undefined : createdAt + lifetime;
    this.#database.transaction('settled', () => {
      this.#sql.add.run(name, hash, JSON.stringify(scopes), createdBy, createdAt, expiresAt ?? null);
    });
    const token = { name, scopes, createdBy, createdAt, expiresAt };
    this.#keep(hash.toString('hex'), token);
    return { token, secret };
  }

  /** By name. */
  list(): ApiToken[] {
    return [...this.#byHash.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  get(name: string): ApiToken | undefined {
    const hash = this.#hashes.get(name.toLowerCase());
    return hash === undefined ? undefined : this.#byHash.get(hash);
  }

  /** The token with this secret, unless it has expired. Notes that it was used. */
  use(secret: string): ApiToken | undefined {
    const hash = hashToken(secret).toString('hex');
    const token = this.#byHash.get(hash);
    const now = Math.trunc(this.#clock.now());
    if (token === undefined || (token.expiresAt !== undefined && token.expiresAt <= now)) return undefined;
    if (now - (token.lastUsedAt ?? 0) < storeLimits.values.lastUse) return token;
    const used = { ...token, lastUsedAt: now };
    this.#byHash.set(hash, used);
    this.#used.add(hash);
    this.whenDirty?.();
    return used;
  }

  /** From now on the token is not valid. Throws API_TOKEN_UNKNOWN. */
  remove(name: string): ApiToken {
    const token = this.get(name);
    if (token === undefined) throw storeErrors.error('API_TOKEN_UNKNOWN', { name });
    this.#database.transaction('settled', () => this.#sql.remove.run(name));
    const hash = this.#hashes.get(name.toLowerCase()) as string;
    this.#hashes.delete(name.toLowerCase());
    this.#byHash.delete(hash);
    this.#used.delete(hash);
    return token;
  }

  get dirty(): boolean {
    return this.#used.size > 0;
  }

  writeSlice(): void {
    this.#database.transaction('batch', () => {
      for (const hash of this.#used) {
        const { name, lastUsedAt } = this.#byHash.get(hash) as ApiToken;
        this.#sql.use.run(lastUsedAt ?? null, name);
      }
    });
    this.#used.clear();
  }

  #keep(hash: string, token: ApiToken): void {
    this.#byHash.set(hash, token);
    this.#hashes.set(token.name.toLowerCase(), hash);
  }
}

function tokenOf(row: Row): ApiToken {
  return {
    name: row.name as string,
    scopes: JSON.parse(row.scopes as string) as string[],
    createdBy: row.created_by as string,
    createdAt: row.created_at as number,
    expiresAt: (row.expires_at as number | null) ?? undefined,
    lastUsedAt: (row.last_used_at as number | null) ?? undefined,
  };
}
