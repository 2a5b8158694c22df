import type { Clock } from '@fairlead/core';
import { storeErrors } from '../catalogue.ts';
import type { Database, Row } from '../database/database.ts';
import { storeLimits } from '../limits.ts';
import { checkAccessName } from './name.ts';

/** A user of the API. Times are Unix milliseconds. */
export interface User {
  readonly name: string;
  readonly role: string;
  /** What was derived from the password; absent: the user cannot sign in with one. */
  readonly password?: string | undefined;
  readonly createdAt: number;
  readonly changedAt: number;
}

/** Stands for whoever has the administrator's token. */
const RESERVED = 'administrator';

/** Users by name; upper and lower case make no difference. */
export class Users {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #sql;

  constructor(database: Database, options: { clock: Clock }) {
    this.#database = database;
    this.#clock = options.clock;
    this.#sql = {
      list: database.prepare('SELECT * FROM users ORDER BY name'),
      get: database.prepare('SELECT * FROM users WHERE name = ?'),
      count: database.prepare('SELECT count(*) AS count FROM users'),
      add: database.prepare(
        'INSERT INTO users (name, role, password, created_at, changed_at) VALUES (?1, ?2, ?3, ?4, ?4)',
      ),
      role: database.prepare('UPDATE users SET role = ?2, changed_at = ?3 WHERE name = ?1'),
      password: database.prepare('UPDATE users SET password = ?2, changed_at = ?3 WHERE name = ?1'),
      remove: database.prepare('DELETE FROM users WHERE name = ?'),
    };
  }

  /** Throws what {@link add} would throw for this name. */
  checkNew(name: string): void {
    checkAccessName(name);
    if (name.toLowerCase() === RESERVED) throw storeErrors.error('ACCESS_NAME_INVALID', { name });
    if (this.get(name) !== undefined) throw storeErrors.error('USER_EXISTS', { name });
    const limit = storeLimits.values.users;
    if (this.#sql.count.get()?.count === limit) throw storeErrors.error('USERS_FULL', { limit });
  }

  /** Throws ACCESS_NAME_INVALID, USER_EXISTS, USERS_FULL. */
  add(user: Pick<User, 'name' | 'role' | 'password'>): User {
    return this.#database.transaction('settled', () => {
      this.checkNew(user.name);
      this.#sql.add.run(user.name, user.role, user.password ?? null, this.#now());
      return this.existing(user.name);
    });
  }

  /** By name. */
  list(): User[] {
    return this.#sql.list.all().map(userOf);
  }

  get(name: string): User | undefined {
    const row = this.#sql.get.get(name);
    return row === undefined ? undefined : userOf(row);
  }

  /** Throws USER_UNKNOWN. */
  existing(name: string): User {
    const user = this.get(name);
    if (user === undefined) throw storeErrors.error('USER_UNKNOWN', { name });
    return user;
  }

  /** Throws USER_UNKNOWN. */
  setRole(name: string, role: string): User {
    return this.#change(name, () => this.#sql.role.run(name, role, this.#now()));
  }

  /** Throws USER_UNKNOWN. */
  setPassword(name: string, password: string): User {
    return this.#change(name, () => this.#sql.password.run(name, password, this.#now()));
  }

  /** Removes the user. Throws USER_UNKNOWN. */
  remove(name: string): void {
    this.#database.transaction('settled', () => {
      this.existing(name);
      this.#sql.remove.run(name);
    });
  }

  #change(name: string, change: () => void): User {
    return this.#database.transaction('settled', () => {
      change();
      return this.existing(name);
    });
  }

  #now(): number {
    return Math.trunc(this.#clock.now());
  }
}

function userOf(row: Row): User {
  return {
    name: row.name as string,
    role: row.role as string,
    password: (row.password as string | null) ?? undefined,
    createdAt: row.created_at as number,
    changedAt: row.changed_at as number,
  };
}
