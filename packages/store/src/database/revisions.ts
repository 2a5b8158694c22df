import type { Database, Statement } from './database.ts';

/** Numbers of changes. They increase, and none is used twice. */
export class Revisions {
  readonly #next: Statement;

  constructor(database: Database) {
    this.#next = database.prepare('UPDATE revisions SET last = last + 1 RETURNING last');
  }

  /** The number of a change. Call it in the transaction that writes the change. */
  next(): number {
    return Number(this.#next.get()?.last);
  }
}
