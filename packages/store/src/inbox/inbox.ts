import type { Clock } from '@fairlead/core';
import type { Database } from '../database/database.ts';
import type { FlushPart } from '../database/flusher.ts';
import { storeLimits } from '../limits.ts';

/** An unregistered device. Times are Unix milliseconds. */
export interface InboxEntry {
  readonly id: string;
  readonly listener: string;
  /** Name of the profile that recognised it. */
  readonly profile: string;
  /** Of a sub-device its address. */
  readonly identity: string;
  /** Name of its gateway device: of a sub-device only. */
  readonly parent?: string | undefined;
  readonly remote: string;
  readonly firstSeen: number;
  readonly lastSeen: number;
  /** How often it connected. */
  readonly count: number;
  /** How much it has sent, in bytes. */
  readonly bytes: number;
  /** Its first frames, in hexadecimal. */
  readonly frames: readonly string[];
  readonly connected: boolean;
}

/**
 * Unknown devices, the one seen longest ago first. All of them are in memory; what changed is written once a second, so
 * that ten thousand unknown devices at once cost no more than one write each second.
 */
export class Inbox implements FlushPart {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #limits = storeLimits.values;
  readonly #sql;
  readonly #entries = new Map<string, InboxEntry>();
  /** Ids of entries that were changed or removed since they were written. */
  readonly #changed = new Set<string>();
  whenDirty: (() => void) | undefined;

  constructor(database: Database, options: { clock: Clock }) {
    this.#database = database;
    this.#clock = options.clock;
    this.#sql = {
      save: database.prepare(`INSERT INTO inbox (id, entry) VALUES (?, ?)
        ON CONFLICT (id) DO UPDATE SET entry = excluded.entry`),
      remove: database.prepare('DELETE FROM inbox WHERE id = ?'),
    };
    const rows = database.prepare('SELECT entry FROM inbox').all();
    const kept = rows.map((row) => JSON.parse(row.entry as string) as InboxEntry);
    // Whoever was connected to an earlier process is not connected now.
    for (const entry of kept.sort((a, b) => a.lastSeen - b.lastSeen))
      this.#entries.set(entry.id, { ...entry, connected: false });
    this.#expire();
  }

  /** Adds an entry or replaces the one with this id. Never touches the database. */
  note(entry: InboxEntry): void {
    this.#entries.delete(entry.id);
    this.#entries.set(entry.id, fitting(entry, this.#limits.inboxEntry));
    this.#change(entry.id);
    if (this.#entries.size > this.#limits.inboxEntries)
      this.drop(this.#entries.keys().next().value as string);
    this.#expire();
  }

  /** The one seen last first. */
  list(): InboxEntry[] {
    this.#expire();
    return [...this.#entries.values()].reverse();
  }

  get(id: string): InboxEntry | undefined {
    return this.#entries.get(id);
  }

  /** false: there is no such entry. */
  drop(id: string): boolean {
    if (!this.#entries.delete(id)) return false;
    this.#change(id);
    return true;
  }

  get dirty(): boolean {
    return this.#changed.size > 0;
  }

  writeSlice(): void {
    const slice: string[] = [];
    for (const id of this.#changed) if (slice.push(id) >= this.#limits.flushSlice) break;
    this.#database.transaction('batch', () => {
      for (const id of slice) {
        const entry = this.#entries.get(id);
        if (entry === undefined) this.#sql.remove.run(id);
        else this.#sql.save.run(id, JSON.stringify(entry));
      }
    });
    for (const id of slice) this.#changed.delete(id);
  }

  /** Entries are in the order in which they were seen: stops at the first that has not expired. */
  #expire(): void {
    const oldest = this.#clock.now() - this.#limits.inboxAge;
    for (const [id, { lastSeen }] of this.#entries) {
      if (lastSeen >= oldest) return;
      this.drop(id);
    }
  }

  #change(id: string): void {
    this.#changed.add(id);
    this.whenDirty?.();
  }
}

/** The entry with as many of its frames as fit. */
function fitting(entry: InboxEntry, limit: number): InboxEntry {
  let size = JSON.stringify({ ...entry, frames: [] }).length;
  const frames: string[] = [];
  for (const frame of entry.frames) {
    size += frame.length + 3;
    if (size > limit) break;
    frames.push(frame);
  }
  return { ...entry, frames };
}
