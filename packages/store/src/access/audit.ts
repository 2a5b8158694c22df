import { type Clock, isFairleadError } from '@fairlead/core';
import type { Database, Row } from '../database/database.ts';
import type { SecretBox } from '../devices/secret-box.ts';
import { storeLimits } from '../limits.ts';
import { wholeTime } from '../time.ts';

/** Whose entries push each other out. */
const auditClasses = { stranger: 0, known: 1, administrator: 2 } as const;

export interface NewAuditEntry {
  readonly class: keyof typeof auditClasses;
  /** What kind of person or program it was. */
  readonly kind: string;
  /** Its name; empty: nobody knows. */
  readonly who: string;
  /** How the request came: page, command line or program. */
  readonly via: string;
  /** The address that it came from. */
  readonly remote: string;
  /** Id of the operation. */
  readonly action: string;
  /** What it was done to; empty: nothing that has a name. */
  readonly target: string;
  /** HTTP status of the answer. */
  readonly status: number;
  /** Code of the refusal. */
  readonly code?: string | undefined;
  /** JSON. */
  readonly changes?: string | undefined;
}

export interface AuditEntry extends Omit<NewAuditEntry, 'class'> {
  /** Increases with every entry. */
  readonly id: number;
  /** Unix milliseconds. */
  readonly time: number;
}

export interface AuditQuery {
  readonly who?: string | undefined;
  readonly action?: string | undefined;
  readonly target?: string | undefined;
  /** Not older than this, Unix milliseconds. */
  readonly since?: number | undefined;
  /** Entries with a smaller id. */
  readonly before?: number | undefined;
  readonly limit: number;
}

interface AuditOptions {
  readonly clock: Clock;
  /** Seals what was changed: the names of some things are secret. */
  readonly box: SecretBox;
  /** Entries of each class. */
  readonly keep: number;
  /** Milliseconds. */
  readonly age: number;
}

/** What sealed texts of the audit log are bound to. */
const SEAL = 'audit';
/** Shown in place of a text that another key sealed: the key was lost, or not restored. */
const UNREADABLE = '(sealed with another key)';

/** How many entries are added before the oldest are looked for. */
const TRIM_EVERY = 64;

/** Who changed what, the newest entries up to a number and an age. */
export class Audit {
  readonly #database: Database;
  readonly #options: AuditOptions;
  readonly #sql;
  #untilTrim = 0;

  constructor(database: Database, options: AuditOptions) {
    this.#database = database;
    this.#options = options;
    this.#sql = {
      add: database.prepare(`INSERT INTO audit (class, time, kind, who, via, remote, action, target, mark, status, code, changes)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`),
      trim: database.prepare(`DELETE FROM audit WHERE class = ?1 AND id <=
        (SELECT id FROM audit WHERE class = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)`),
      expire: database.prepare('DELETE FROM audit WHERE time < ?'),
      list: database.prepare(`SELECT id, time, kind, who, via, remote, action, target, status, code, changes FROM audit
        WHERE id < ?1 AND time >= ?2 AND (?3 IS NULL OR who = ?3 COLLATE NOCASE) AND (?4 IS NULL OR action = ?4)
          AND (?5 IS NULL OR mark = ?5) ORDER BY id DESC LIMIT ?6`),
    };
  }

  /** It survives the end of the process when the call returns. Throws STORE_FAILED. @returns the entry */
  add(entry: NewAuditEntry): AuditEntry {
    const { kind, who, via, remote, action, target, status, code, changes } = entry;
    const now = this.#options.clock.now();
    return this.#database.transaction('batch', () => {
      const time = wholeTime(now, now);
      const { box } = this.#options;
      const sealed = [box.seal(target, SEAL), box.mark(target)];
      const detail = changes === undefined ? null : box.seal(changes, SEAL);
      const found = [kind, who, via, remote, action, ...sealed, status, code ?? null, detail];
      const row = this.#sql.add.get(auditClasses[entry.class], time, ...found) as Row;
      const { class: _class, ...kept } = entry;
      const added = { id: Number(row.id), time, ...kept };
      if (this.#untilTrim-- > 0) return added;
      this.#untilTrim = TRIM_EVERY;
      this.#sql.expire.run(Math.trunc(now - this.#options.age));
      const { stranger, known, administrator } = auditClasses;
      this.#sql.trim.run(stranger, Math.min(this.#options.keep, storeLimits.values.auditStrangers));
      for (const each of [known, administrator]) this.#sql.trim.run(each, this.#options.keep);
      return added;
    });
  }

  /** The newest first. */
  list({ who, action, target, since, before, limit }: AuditQuery): AuditEntry[] {
    const most = Math.min(limit, storeLimits.values.page);
    const oldest = Math.max(since ?? 0, Math.trunc(this.#options.clock.now() - this.#options.age));
    const mark = target === undefined ? null : this.#options.box.mark(target);
    return this.#sql.list
      .all(before ?? Number.MAX_SAFE_INTEGER, oldest, who ?? null, action ?? null, mark, most)
      .map((row) => this.#entryOf(row));
  }

  #entryOf({ code, target, changes, ...row }: Row): AuditEntry {
    const detail = changes === null ? undefined : this.#open(changes as Uint8Array);
    return {
      ...row,
      code: code ?? undefined,
      target: this.#open(target as Uint8Array) ?? UNREADABLE,
      changes: detail,
    } as unknown as AuditEntry;
  }

  #open(sealed: Uint8Array): string | undefined {
    try {
      return this.#options.box.open(sealed, SEAL);
    } catch (error) {
      if (isFairleadError(error, 'DEVICE_SECRET_UNREADABLE')) return undefined;
      throw error;
    }
  }
}
