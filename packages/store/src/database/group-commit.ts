import type { Database } from './database.ts';

interface Write {
  run(): void;
  /** The transaction is on disk, or has failed. */
  done(): void;
  fail(error: unknown): void;
}

/**
 * Makes writes of one turn of the event loop one transaction, which waits for the disk once. A write that throws is undone
 * alone; when the transaction fails, all of them have failed.
 */
export class GroupCommit {
  readonly #database: Database;
  #writes: Write[] = [];

  constructor(database: Database) {
    this.#database = database;
  }

  /** Resolves with the result of `work` when it is on disk. */
  write<T>(work: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      let settle: () => void = () => {};
      const run = () => {
        try {
          const result = this.#database.transaction('settled', work);
          settle = () => resolve(result);
        } catch (error) {
          settle = () => reject(error);
        }
      };
      if (this.#writes.length === 0) setImmediate(() => this.flush());
      this.#writes.push({ run, done: () => settle(), fail: reject });
    });
  }

  /** Writes what waits. */
  flush(): void {
    const writes = this.#writes;
    this.#writes = [];
    if (writes.length === 0) return;
    try {
      this.#database.transaction('settled', () => {
        for (const { run } of writes) run();
      });
    } catch (error) {
      for (const { fail } of writes) fail(error);
      return;
    }
    for (const { done } of writes) done();
  }
}
