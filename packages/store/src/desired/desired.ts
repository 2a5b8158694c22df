import type { Database } from '../database/database.ts';
import type { GroupCommit } from '../database/group-commit.ts';

/** The desired state of a device. Times are Unix milliseconds. */
export interface StoredDesired {
  /** JSON text of an object; `{}`: nothing is desired. */
  readonly json: string;
  readonly version: number;
  readonly since: number;
  /** Downlinks that were made for it. */
  readonly sends: number;
  readonly sentAt?: number | undefined;
  /** Id of the last of them. */
  readonly downlink?: string | undefined;
}

/** The desired states of devices. Fits the gateway's `DesiredStore`: a promise that resolved means that it is on disk. */
export class Desired {
  readonly #commits: GroupCommit;
  readonly #sql;

  constructor(database: Database, commits: GroupCommit) {
    this.#commits = commits;
    this.#sql = {
      devices: database.prepare('SELECT device_id FROM desired WHERE wanted = 1'),
      get: database.prepare('SELECT entry FROM desired WHERE device_id = ?'),
      save: database.prepare(`INSERT INTO desired (device_id, wanted, entry)
        SELECT id, ?2, ?3 FROM devices WHERE id = ?1
        ON CONFLICT (device_id) DO UPDATE SET wanted = excluded.wanted, entry = excluded.entry`),
    };
  }

  /** Ids of the devices of which something is desired. */
  devices(): readonly string[] {
    return this.#sql.devices.all().map((row) => row.device_id as string);
  }

  get(deviceId: string): StoredDesired | undefined {
    const row = this.#sql.get.get(deviceId);
    return row === undefined ? undefined : (JSON.parse(row.entry as string) as StoredDesired);
  }

  /**
   * Changes the state of a device in one step. undefined from `change`: nothing changes. Resolves with what is stored then;
   * undefined: nothing, or there is no such device. Rejects with what `change` throws, or with STORE_FAILED.
   */
  change(
    deviceId: string,
    change: (current: StoredDesired | undefined) => StoredDesired | undefined,
  ): Promise<StoredDesired | undefined> {
    return this.#commits.write(() => {
      const current = this.get(deviceId);
      const next = change(current);
      if (next === undefined) return current;
      const saved = this.#sql.save.run(deviceId, next.json === '{}' ? 0 : 1, JSON.stringify(next));
      return saved > 0 ? next : undefined;
    });
  }
}
