import type { Clock, Log } from '@fairlead/core';
import { storeErrors } from '../catalogue.ts';
import type { Database, Row } from '../database/database.ts';
import type { Revisions } from '../database/revisions.ts';
import type { Profile, ProfileContent, ProfileFiles, ProfileReader } from '../types.ts';
import { InlineProfiles } from './inline-profiles.ts';
import { type NamedProfile, NamedProfiles, type ProfileVersion } from './named-profiles.ts';

/** The reference of a device to its profile: a name, or the row of an inline profile. Exactly one is set. */
export interface ProfileReference {
  readonly id: string | null;
  readonly name: string | null;
}

/** Framing and scripts: named profiles, which are folders, and inline profiles, which belong to definitions. */
export class Profiles {
  readonly #inline: InlineProfiles;
  readonly #named: NamedProfiles;
  /** Called after a named profile changed, so that devices are read anew. */
  whenChanged: (() => void) | undefined;

  constructor(
    database: Database,
    options: {
      clock: Clock;
      newId: () => string;
      revisions: Revisions;
      log?: Log | undefined;
      reader?: ProfileReader | undefined;
    },
  ) {
    this.#inline = new InlineProfiles(database, options);
    this.#named = new NamedProfiles(database, options);
  }

  /** The named profile of the store, else the one of this name that comes with Fairlead. */
  get(name: string): Profile | undefined {
    return this.#named.get(name);
  }

  /** Named profiles in the order of their names, after `after`. */
  list(page?: { after?: string | undefined; limit?: number | undefined }): NamedProfile[] {
    return this.#named.list(page);
  }

  /** The versions of a stored profile, the newest first; none for one that comes with Fairlead. */
  versions(name: string): ProfileVersion[] {
    return this.#named.versions(name);
  }

  /** The revision of a stored profile: of its latest change; 0: none is stored. */
  revision(name: string): number {
    return this.#named.revision(name);
  }

  /** The files in use, or those of the version with this content. */
  files(name: string, content?: string): ProfileFiles | undefined {
    return this.#named.files(name, content);
  }

  /**
   * Adds a named profile, or a version of one; its name stands in the files. Devices that refer to it have it at once.
   * `changed` is false if the files are those in use. Throws PROFILE_INVALID.
   */
  put(files: ProfileFiles): { readonly profile: Profile; readonly changed: boolean } {
    const result = this.#named.put(files);
    if (result.changed) this.whenChanged?.();
    return result;
  }

  /** Removes a stored profile. Throws PROFILE_UNKNOWN, PROFILE_BUILTIN or PROFILE_IN_USE. */
  remove(name: string): void {
    this.#named.remove(name);
    this.whenChanged?.();
  }

  /** How many devices refer to the named profile. */
  users(name: string): number {
    return this.#named.users(name);
  }

  /** The one object of a device's profile: devices of the same profile share it. */
  of(row: Row): Profile {
    if (row.profile_id !== null) return this.#inline.byId(row.profile_id as string);
    const name = row.profile_name as string;
    // Without its terms, no device is found by an identity.
    return this.#named.get(name) ?? { id: `profile:${name}`, name };
  }

  /** How a device refers to this profile. Throws PROFILE_UNKNOWN. */
  referTo(profile: string | ProfileContent): ProfileReference {
    if (typeof profile !== 'string') return { id: this.#inline.idFor(profile), name: null };
    if (!this.#named.has(profile)) throw storeErrors.error('PROFILE_UNKNOWN', { name: profile });
    return { id: null, name: profile };
  }

  /** Removes an inline profile that no device refers to any more. */
  collect(profile: Profile): void {
    if (profile.name === undefined) this.#inline.collect(profile.id);
  }

  /** Clears memory that a rolled-back transaction may have changed. */
  forgetCached(): void {
    this.#inline.forgetCached();
  }
}
