import type { Clock, Log, Timer } from '@fairlead/core';
import { journalErrors } from './catalogue.ts';
import type { JournalFile, JournalFiles } from './files.ts';
import { readSlots, SLOT, writeSlot } from './format.ts';
import { inWords } from './in-words.ts';
import { journalLimits } from './limits.ts';

const NAME = 'cursor';

/**
 * Keeps on disk what was confirmed. It may lag: then records are read twice after a crash. It never runs ahead, because it is
 * written after the confirmation.
 */
export class Cursor {
  readonly #file: JournalFile;
  readonly #clock: Clock;
  readonly #log: Log;
  #turn: number;
  #written: number;
  #wanted: number;
  #timer: Timer | undefined;
  #writing: Promise<void> | undefined;
  #failing = false;

  private constructor(file: JournalFile, turn: number, confirmed: number, clock: Clock, log: Log) {
    this.#file = file;
    this.#clock = clock;
    this.#log = log;
    this.#turn = turn;
    this.#written = this.#wanted = confirmed;
  }

  /** Reads the file, creates it if there is none. A damaged one counts as empty: then everything is read again. */
  static async open(files: JournalFiles, exists: boolean, clock: Clock, log: Log): Promise<Cursor> {
    const file = exists ? await files.open(NAME) : await files.create(NAME);
    const bytes = Buffer.alloc(2 * SLOT);
    const slots = readSlots(bytes.subarray(0, await file.read(bytes, bytes.length, 0)));
    return new Cursor(file, slots?.turn ?? 0, slots?.confirmed ?? 0, clock, log);
  }

  static isCursor(name: string): boolean {
    return name === NAME;
  }

  /** The last sequence that was confirmed. */
  get confirmed(): number {
    return this.#wanted;
  }

  confirm(sequence: number): void {
    this.#wanted = sequence;
    this.#timer ??= this.#clock.after(journalLimits.values.cursorInterval, () => {
      this.#timer = undefined;
      this.write(false);
    });
    this.#timer.unref?.();
  }

  /** Writes what is not written yet. Does not reject: a lagging cursor loses nothing. */
  async write(flush: boolean): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
    this.#writing = this.#write(flush).finally(() => {
      this.#writing = undefined;
    });
    await this.#writing;
  }

  async close(): Promise<void> {
    this.#clock.clear(this.#timer);
    this.#timer = undefined;
    await this.write(true);
    await this.#file.close().catch(() => {});
  }

  async #write(flush: boolean): Promise<void> {
    const wanted = this.#wanted;
    try {
      if (wanted !== this.#written) {
        const turn = this.#turn + 1;
        await this.#file.write(writeSlot(turn, wanted), (turn % 2) * SLOT);
        this.#turn = turn;
        this.#written = wanted;
      }
      if (flush) await this.#file.sync();
      this.#failing = false;
    } catch (cause) {
      if (this.#failing) return;
      this.#failing = true;
      const error = journalErrors.error('JOURNAL_CURSOR_FAILED', { reason: inWords(cause) }, cause);
      this.#log.warn({ code: error.code }, error.message);
    }
  }
}
