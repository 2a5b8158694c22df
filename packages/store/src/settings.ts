import type { Clock } from '@fairlead/core';
import { storeErrors } from './catalogue.ts';
import type { Database } from './database/database.ts';
import { storeLimits } from './limits.ts';

const KEY = /^[a-z][a-zA-Z0-9._-]{0,63}$/;

/** Small JSON values by key, for parts of the service that have no table of their own. */
export class Settings {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #sql;

  constructor(database: Database, options: { clock: Clock }) {
    this.#database = database;
    this.#clock = options.clock;
    this.#sql = {
      get: database.prepare('SELECT value FROM settings WHERE key = ?'),
      set: database.prepare(`INSERT INTO settings (key, value, changed_at) VALUES (?, ?, ?)
        ON CONFLICT (key) DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at`),
      remove: database.prepare('DELETE FROM settings WHERE key = ?'),
    };
  }

  /** The value last set, or undefined. */
  get(key: string): unknown {
    const row = this.#sql.get.get(key);
    return row === undefined ? undefined : JSON.parse(row.value as string);
  }

  /** Saves a JSON value; undefined removes it. Throws SETTING_INVALID. */
  set(key: string, value: unknown): void {
    if (!KEY.test(key)) {
      const reason = 'a key is a lower-case letter, then letters, digits, ".", "_" or "-", 64 at most';
      throw storeErrors.error('SETTING_INVALID', { key, reason });
    }
    const text = this.#text(key, value);
    this.#database.transaction('settled', () => {
      if (text === undefined) this.#sql.remove.run(key);
      else this.#sql.set.run(key, text, Math.trunc(this.#clock.now()));
    });
  }

  #text(key: string, value: unknown): string | undefined {
    if (value === undefined) return undefined;
    const limit = storeLimits.values.settingSize;
    let text: string | undefined;
    try {
      text = JSON.stringify(value);
    } catch (cause) {
      throw storeErrors.error('SETTING_INVALID', { key, reason: 'JSON cannot hold it' }, cause);
    }
    if (text === undefined)
      throw storeErrors.error('SETTING_INVALID', { key, reason: 'JSON cannot hold it' });
    if (text.length <= limit) return text;
    const reason = `its JSON text has ${text.length} characters, the limit is ${limit}`;
    throw storeErrors.error('SETTING_INVALID', { key, reason });
  }
}
