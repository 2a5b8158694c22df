import type { Clock, Timer } from '@fairlead/core';
import { storeLimits } from '../limits.ts';
import type { Database } from './database.ts';

/** A part that buffers data in memory until it is written. */
export interface FlushPart {
  readonly dirty: boolean;
  /** Writes some of the data in one transaction. If it throws, no data is lost. */
  writeSlice(): void;
  /** Writing failed, and data may wait for a long time: release memory that is not needed. */
  settle?(): void;
}

/**
 * Decides when the parts write: one second after the first of them has data, at once when there is much data, and after
 * a failure with growing delays. A process with nothing to write has no timer.
 */
export class Flusher {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #parts: readonly FlushPart[];
  readonly #limits = storeLimits.values;
  #timer: Timer | undefined;
  #urgent = false;
  #failures = 0;
  #closed = false;

  constructor(database: Database, clock: Clock, parts: readonly FlushPart[]) {
    this.#database = database;
    this.#clock = clock;
    this.#parts = parts;
  }

  /** Data waits: write within one second. */
  wake(): void {
    if (this.#timer !== undefined || this.#closed) return;
    this.#start(this.#failures === 0 ? this.#limits.flushInterval : this.#retryDelay());
  }

  /** Much data waits: write after this turn of the event loop. After a failure, the retry delay still applies. */
  hurry(): void {
    if (this.#urgent || this.#failures > 0 || this.#closed) return;
    this.#urgent = true;
    this.#start(0);
  }

  /** Writes all waiting data now. Throws STORE_FAILED. */
  flush(): void {
    for (const part of this.#parts) while (part.dirty) part.writeSlice();
    this.#failures = 0;
    this.#database.recovered();
  }

  /** Writes a last time. Throws STORE_FAILED; then the waiting data is lost. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#clock.clear(this.#timer);
    this.#timer = undefined;
    this.flush();
  }

  #start(ms: number): void {
    this.#clock.clear(this.#timer);
    this.#timer = this.#clock.after(ms, () => this.#run());
  }

  #run(): void {
    this.#timer = undefined;
    this.#urgent = false;
    const end = this.#clock.monotonic() + this.#limits.flushTurn;
    let failed = !this.#database.health().ok && !this.#probe();
    // A part that cannot write does not stop the others.
    if (!failed) for (const part of this.#parts) if (!this.#write(part, end)) failed = true;
    const waiting = this.#parts.some((part) => part.dirty);
    this.#failures = failed ? this.#failures + 1 : 0;
    if (failed) {
      for (const part of this.#parts) part.settle?.();
      this.#start(this.#retryDelay());
    } else if (waiting) this.#start(0);
    else this.#database.recovered();
  }

  #write(part: FlushPart, end: number): boolean {
    while (part.dirty && this.#clock.monotonic() < end) if (!this.#try(() => part.writeSlice())) return false;
    return true;
  }

  /** Checks whether writing works again, even if no data waits, and updates the health. */
  #probe(): boolean {
    return this.#try(() =>
      this.#database.transaction('batch', () => {
        const version = Number(this.#database.scalar('PRAGMA user_version'));
        this.#database.exec(`PRAGMA user_version=${version}`);
      }),
    );
  }

  #try(work: () => void): boolean {
    try {
      work();
      return true;
    } catch {
      // The database has logged the failure once and reports it in its health.
      return false;
    }
  }

  #retryDelay(): number {
    return Math.min(
      this.#limits.flushInterval * 2 ** Math.min(this.#failures - 1, 10),
      this.#limits.retryMax,
    );
  }
}
