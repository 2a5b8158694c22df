import { type Clock, isFairleadError, type Log } from '@fairlead/core';
import { BoundedMap } from '../bounded-map.ts';
import { storeErrors } from '../catalogue.ts';
import { checkFields, type Fail, isDeviceName } from '../check.ts';
import type { Database, Row } from '../database/database.ts';
import type { Revisions } from '../database/revisions.ts';
import { storeLimits } from '../limits.ts';
import type { Profile, ProfileFiles, ProfileReader } from '../types.ts';
import { CONTENT_FIELDS, checkContent } from './content.ts';
import { checkFiles, hashFiles } from './files.ts';

/** One version of a stored profile. */
export interface ProfileVersion {
  /** Counts from 1; the highest is used. */
  readonly number: number;
  /** Hash of its files, in hexadecimal. */
  readonly content: string;
  /** Unix milliseconds. */
  readonly createdAt: number;
}

/** A named profile in lists. */
export interface NamedProfile {
  readonly name: string;
  readonly source: 'store' | 'builtin';
  /** Absent if the files can no longer be read as a profile. */
  readonly profile: Profile | undefined;
  /** How many versions are kept: 0 for one that comes with Fairlead. */
  readonly versions: number;
  /** Of its latest change; 0 for one that comes with Fairlead. */
  readonly revision: number;
}

interface NamedOptions {
  readonly clock: Clock;
  readonly revisions: Revisions;
  readonly log?: Log | undefined;
  readonly reader?: ProfileReader | undefined;
}

const invalid: Fail = (field, reason) => storeErrors.error('PROFILE_INVALID', { field, reason });

/**
 * Profiles made of folders. The newest version of a name is used; if the store has none, the profile of this name that
 * comes with Fairlead.
 */
export class NamedProfiles {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #revisions: Revisions;
  readonly #log: Log | undefined;
  readonly #reader: ProfileReader | undefined;
  /** `null`: there is no such profile, or its files cannot be read. */
  readonly #cache = new BoundedMap<string, Profile | null>(storeLimits.values.profilesCached);
  readonly #sql;

  constructor(database: Database, options: NamedOptions) {
    this.#database = database;
    this.#clock = options.clock;
    this.#revisions = options.revisions;
    this.#log = options.log;
    this.#reader = options.reader;
    this.#sql = {
      newest: database.prepare(
        'SELECT files, revision FROM profile_versions WHERE name = ? ORDER BY number DESC LIMIT 1',
      ),
      names:
        database.prepare(`SELECT name, count(*) AS versions, max(revision) AS revision FROM profile_versions WHERE name > ?
        GROUP BY name ORDER BY name LIMIT ?`),
      versions: database.prepare(
        'SELECT number, content_hash, created_at FROM profile_versions WHERE name = ? ORDER BY number DESC',
      ),
      version: database.prepare('SELECT files FROM profile_versions WHERE name = ? AND content_hash = ?'),
      insert:
        database.prepare(`INSERT INTO profile_versions (name, number, content_hash, files, created_at, revision)
        VALUES (?1, 1 + coalesce((SELECT max(number) FROM profile_versions WHERE name = ?1), 0), ?2, ?3, ?4, ?5)`),
      removeVersion: database.prepare('DELETE FROM profile_versions WHERE name = ? AND content_hash = ?'),
      removeOld: database.prepare(`DELETE FROM profile_versions WHERE name = ?1 AND number NOT IN
        (SELECT number FROM profile_versions WHERE name = ?1 ORDER BY number DESC LIMIT ?2)`),
      remove: database.prepare('DELETE FROM profile_versions WHERE name = ?'),
      users: database.prepare('SELECT count(*) AS n FROM devices WHERE profile_name = ?'),
    };
  }

  /** The profile of this name; undefined if there is none, or if its files cannot be read. */
  get(name: string): Profile | undefined {
    const cached = this.#cache.get(name);
    if (cached !== undefined) return cached ?? undefined;
    const profile = this.#read(name);
    this.#cache.set(name, profile ?? null);
    return profile;
  }

  /** Whether devices may refer to this name. */
  has(name: string): boolean {
    return this.#sql.newest.get(name) !== undefined || this.isBuiltin(name);
  }

  isBuiltin(name: string): boolean {
    return this.#reader?.builtin.names().includes(name) ?? false;
  }

  /** Stored profiles and those that come with Fairlead, in the order of their names. */
  list(page: { after?: string | undefined; limit?: number | undefined } = {}): NamedProfile[] {
    const { after = '' } = page;
    const limit = Math.min(page.limit ?? storeLimits.values.page, storeLimits.values.page);
    const found = new Map<string, NamedProfile>();
    for (const name of this.#reader?.builtin.names() ?? [])
      if (name > after)
        found.set(name, { name, source: 'builtin', profile: this.get(name), versions: 0, revision: 0 });
    for (const row of this.#sql.names.all(after, limit)) {
      const name = String(row.name);
      found.set(name, {
        name,
        source: 'store',
        profile: this.get(name),
        versions: Number(row.versions),
        revision: Number(row.revision),
      });
    }
    return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1)).slice(0, limit);
  }

  /** The revision of a stored profile; 0: none is stored. */
  revision(name: string): number {
    return Number(this.#sql.newest.get(name)?.revision ?? 0);
  }

  /** The versions of a stored profile, the newest first. */
  versions(name: string): ProfileVersion[] {
    return this.#sql.versions.all(name).map((row) => ({
      number: Number(row.number),
      content: hex(row.content_hash),
      createdAt: Number(row.created_at),
    }));
  }

  /** The files of a profile: of one version, by its content, or those in use. */
  files(name: string, content?: string): ProfileFiles | undefined {
    if (content !== undefined) return filesOf(this.#sql.version.get(name, Buffer.from(content, 'hex')));
    return filesOf(this.#sql.newest.get(name)) ?? this.#reader?.builtin.read(name);
  }

  /**
   * Adds a profile, or a version of one: all devices that refer to it have it at once. Files that are those of the newest
   * version change nothing; those of an older version become the newest. The oldest version goes when there are too many.
   * Throws PROFILE_INVALID.
   */
  put(given: ProfileFiles): { readonly profile: Profile; readonly changed: boolean } {
    if (this.#reader === undefined) throw invalid('files', 'this store has no reader of profiles');
    const files = checkFiles(given, invalid);
    const { name, profile } = this.#parse(files, this.#reader);
    if (!isDeviceName(name))
      throw invalid('name', 'letters, digits, "_", ":" and "-", at most 64, are expected; the first no sign');
    const content = hashFiles(files);
    const [newest] = this.versions(name);
    if (newest?.content === content.toString('hex'))
      return { profile: this.get(name) ?? profile, changed: false };
    this.#database.transaction('settled', () => {
      this.#sql.removeVersion.run(name, content);
      this.#sql.insert.run(
        name,
        content,
        JSON.stringify(files),
        Math.trunc(this.#clock.now()),
        this.#revisions.next(),
      );
      this.#sql.removeOld.run(name, storeLimits.values.profileVersions);
    });
    this.#cache.set(name, profile);
    return { profile, changed: true };
  }

  /**
   * Removes all versions. Throws PROFILE_UNKNOWN, PROFILE_BUILTIN, or PROFILE_IN_USE while a device refers to it and no
   * profile of this name comes with Fairlead.
   */
  remove(name: string): void {
    if (this.#sql.newest.get(name) === undefined)
      throw storeErrors.error(this.isBuiltin(name) ? 'PROFILE_BUILTIN' : 'PROFILE_UNKNOWN', { name });
    const count = this.users(name);
    if (count > 0 && !this.isBuiltin(name)) throw storeErrors.error('PROFILE_IN_USE', { name, count });
    this.#database.transaction('settled', () => this.#sql.remove.run(name));
    this.#cache.delete(name);
  }

  /** How many devices refer to it. */
  users(name: string): number {
    return Number(this.#sql.users.get(name)?.n);
  }

  #read(name: string): Profile | undefined {
    const files = this.files(name);
    if (files === undefined || this.#reader === undefined) return undefined;
    try {
      return this.#parse(files, this.#reader).profile;
    } catch (error) {
      if (!isFairleadError(error)) throw error;
      // A later version of Fairlead may read what an earlier one accepted differently: this costs this profile alone.
      this.#log?.error({ profile: name, code: error.code }, `A profile cannot be used: ${error.message}`);
      return undefined;
    }
  }

  #parse(files: ProfileFiles, reader: ProfileReader): { readonly name: string; readonly profile: Profile } {
    const { name, ...terms } = reader.parse(files);
    const content = checkContent(
      checkFields(
        Object.fromEntries(CONTENT_FIELDS.map((field) => [field, terms[field]])),
        CONTENT_FIELDS,
        invalid,
      ),
      invalid,
    );
    const profile = { ...terms, ...content, id: `profile:${name}`, name, content: hex(hashFiles(files)) };
    return { name, profile };
  }
}

function hex(bytes: unknown): string {
  return Buffer.from(bytes as Uint8Array).toString('hex');
}

function filesOf(row: Row | undefined): ProfileFiles | undefined {
  return row === undefined ? undefined : (JSON.parse(row.files as string) as ProfileFiles);
}
