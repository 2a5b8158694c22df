/**
 * The rows of a wire view: what was seen on a link, in order, with bounds. Pure.
 *
 * A chunk, its first frame and the one message of that frame share a row, side by side. Rows that were left out stand there as one row
 * with their number, and can be loaded: shown and skipped together are all that was seen.
 */
import type { TapEventView } from '@fairlead/api';

export interface WireRow {
  readonly is: 'seen';
  /** Number of its first record; a permalink names it. */
  readonly n: number;
  /** Unix milliseconds. */
  readonly time: number;
  readonly link: string;
  readonly device: string | undefined;
  readonly out: boolean;
  /** Bytes in hexadecimal; the service cuts long ones, `size` is the whole. */
  readonly raw?: string | undefined;
  readonly frame?: string | undefined;
  readonly size: number;
  /** JSON text of the values of a message, and of what kind. */
  readonly values?: string | undefined;
  readonly kind?: string | undefined;
  readonly measured?: string | undefined;
  /** Why something was refused, or the link closed. */
  readonly code?: string | undefined;
  readonly reason?: string | undefined;
  /** Records in it: a chunk, a frame, a message. */
  readonly records: number;
}

/** Records `from` to `to` that are not here. */
export interface SkippedRow {
  readonly is: 'skipped';
  readonly n: number;
  readonly from: number;
  readonly to: number;
  /** What is left of them is not kept by the service. */
  readonly gone: boolean;
}

/** Nobody knows how many are missing: the connection was lost for long. */
interface BreakRow {
  readonly is: 'break';
  readonly n: number;
}

export type Row = WireRow | SkippedRow | BreakRow;

export interface RowBounds {
  readonly rows: number;
  /** Characters of bytes and values. */
  readonly size: number;
}

export const rowBounds: RowBounds = { rows: 20_000, size: 16 * 2 ** 20 };

/** A message belongs to the frame before it, if no other frame of this time waits for its message. */
const OTHER_FRAMES = 2_000;
/** Characters that a row needs besides its texts. */
const ROW = 100;

const sizeOf = (row: Row): number =>
  row.is !== 'seen'
    ? ROW
    : ROW + (row.raw?.length ?? 0) + (row.frame?.length ?? 0) + (row.values?.length ?? 0);

export class WireRows {
  readonly #bounds: RowBounds;
  #rows: Row[] = [];
  #size = 0;
  /** What came while paused. */
  #held: Row[] = [];
  #heldSize = 0;
  #paused = false;
  /** When a frame came that no message has followed yet. */
  #openFrames: number[] = [];
  /** Number of the last record. */
  #last = 0;
  #version = 0;

  constructor(bounds: RowBounds = rowBounds) {
    this.#bounds = bounds;
  }

  /** Changes with every change of the rows. */
  get version(): number {
    return this.#version;
  }

  get rows(): readonly Row[] {
    return this.#rows;
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** Rows that came while paused. */
  get held(): number {
    return this.#held.length;
  }

  get last(): number {
    return this.#last;
  }

  /** Records that are shown, held or skipped: all since the first. */
  get counts(): { readonly shown: number; readonly skipped: number } {
    let [shown, skipped] = [0, 0];
    for (const row of [...this.#rows, ...this.#held])
      if (row.is === 'seen') shown += row.records;
      else if (row.is === 'skipped') skipped += row.to - row.from + 1;
    return { shown, skipped };
  }

  pause(): void {
    this.#paused = true;
    this.#version++;
  }

  resume(): void {
    this.#paused = false;
    this.#rows = this.#rows.concat(this.#held);
    this.#size += this.#heldSize;
    this.#held = [];
    this.#heldSize = 0;
    this.#trim();
    this.#version++;
  }

  clear(): void {
    this.#rows = [];
    this.#held = [];
    this.#size = 0;
    this.#heldSize = 0;
    this.#openFrames = [];
    this.#version++;
  }

  /** @param from number of the first record */
  add(from: number, records: readonly TapEventView[]): void {
    for (const [i, record] of records.entries()) this.#record(from + i, record);
    this.#trim();
    this.#version++;
  }

  skip(from: number, to: number): void {
    this.#openFrames = [];
    this.#push({ is: 'skipped', n: from, from, to, gone: false });
    this.#last = Math.max(this.#last, to);
    this.#version++;
  }

  /** Records that nobody has. */
  lose(from: number, to: number): void {
    this.#push({ is: 'skipped', n: from, from, to, gone: true });
    this.#last = Math.max(this.#last, to);
    this.#version++;
  }

  /** Records are missing, and their number is not known. */
  break(): void {
    this.#openFrames = [];
    if (this.#last > 0) this.#push({ is: 'break', n: this.#last });
    this.#version++;
  }

  /**
   * Puts records that were loaded into the place of skipped ones.
   *
   * @param loaded undefined: none is kept any more
   * @param asked the first record that was asked for
   */
  fill(
    { from, to }: Pick<SkippedRow, 'from' | 'to'>,
    loaded: { readonly from: number; readonly records: readonly TapEventView[] } | undefined,
    asked = from,
  ): void {
    for (const [list, isHeld] of [
      [this.#rows, false],
      [this.#held, true],
    ] as const) {
      const at = list.findIndex((row) => row.is === 'skipped' && row.from === from && row.to === to);
      if (at < 0) continue;
      const part = new WireRows({ rows: Number.POSITIVE_INFINITY, size: Number.POSITIVE_INFINITY });
      const first = loaded === undefined ? to + 1 : loaded.from;
      const next = loaded === undefined ? to + 1 : loaded.from + loaded.records.length;
      const rows: Row[] = [];
      if (asked > from) rows.push({ is: 'skipped', n: from, from, to: asked - 1, gone: false });
      // What is older than the first that is kept is gone for good.
      if (first > asked) rows.push({ is: 'skipped', n: asked, from: asked, to: first - 1, gone: true });
      if (loaded !== undefined) part.add(loaded.from, loaded.records);
      rows.push(...part.rows);
      if (next <= to) rows.push({ is: 'skipped', n: next, from: next, to, gone: false });
      list.splice(at, 1, ...rows);
      const grown = rows.reduce((sum, row) => sum + sizeOf(row), -ROW);
      if (isHeld) this.#heldSize += grown;
      else this.#size += grown;
      break;
    }
    // Whoever loads looks at what was loaded: the newest rows go first when there are too many, as while paused.
    this.#version++;
  }

  /** Index of the row that holds a record; -1: it is not here. */
  indexOf(n: number): number {
    return this.#rows.findIndex((row) => row.is === 'seen' && row.n <= n && n < row.n + row.records);
  }

  #record(n: number, record: TapEventView): void {
    this.#last = Math.max(this.#last, n);
    const time = Date.parse(record.time);
    const { what, link, device, size = 0, hex } = record;
    const base = { is: 'seen', n, time, link, device, size, records: 1 } as const;
    switch (what) {
      case 'received':
        this.#push({ ...base, out: false, raw: hex });
        break;
      case 'sent':
        this.#push({ ...base, out: true, raw: hex });
        break;
      case 'frame': {
        this.#openFrames.push(time);
        const last = this.#lastRow();
        if (
          last?.is === 'seen' &&
          !last.out &&
          last.raw !== undefined &&
          last.frame === undefined &&
          last.link === link
        )
          this.#replaceLast({ ...last, frame: hex, records: last.records + 1, device });
        else this.#push({ ...base, out: false, frame: hex });
        break;
      }
      case 'message': {
        const values = record.values === undefined ? record.hex : JSON.stringify(record.values);
        const { kind, measured } = record;
        const last = this.#lastRow();
        const others = this.#openFrames.filter((at) => time - at < OTHER_FRAMES).length;
        this.#openFrames = [];
        if (
          others === 1 &&
          last?.is === 'seen' &&
          last.frame !== undefined &&
          last.values === undefined &&
          last.link === link
        )
          this.#replaceLast({ ...last, values, kind, measured, records: last.records + 1 });
        else this.#push({ ...base, out: false, values, kind, measured });
        break;
      }
      case 'refused':
      case 'closed':
        this.#push({ ...base, out: false, raw: hex, code: record.code, reason: record.reason });
    }
  }

  #lastRow(): Row | undefined {
    return this.#paused ? this.#held.at(-1) : this.#rows.at(-1);
  }

  #replaceLast(row: Row): void {
    const list = this.#paused ? this.#held : this.#rows;
    const grown = sizeOf(row) - sizeOf(list.at(-1) as Row);
    list[list.length - 1] = row;
    if (this.#paused) this.#heldSize += grown;
    else this.#size += grown;
  }

  #push(row: Row): void {
    if (!this.#paused) {
      this.#rows.push(row);
      this.#size += sizeOf(row);
      return;
    }
    const last = this.#held.at(-1);
    const isFull = this.#held.length >= this.#bounds.rows || this.#heldSize >= this.#bounds.size;
    if (!isFull || row.is === 'break') {
      this.#held.push(row);
      this.#heldSize += sizeOf(row);
    } else {
      // It can be loaded from the service, as long as that keeps it.
      const to = row.is === 'skipped' ? row.to : row.n + row.records - 1;
      if (last?.is === 'skipped') this.#held[this.#held.length - 1] = { ...last, to };
      else this.#held.push({ is: 'skipped', n: row.n, from: row.n, to, gone: false });
    }
  }

  /** The oldest rows go. They become one that can be loaded, so that the first can be reached. */
  #trim(): void {
    if (this.#paused) return;
    const { rows: most, size } = this.#bounds;
    if (this.#rows.length <= most && this.#size <= size) return;
    let at = 0;
    let left = this.#size;
    // Some more than need be, so that this is seldom.
    while (at < this.#rows.length - 1 && (this.#rows.length - at > most * 0.95 || left > size * 0.95))
      left -= sizeOf(this.#rows[at++] as Row);
    const first = this.#rows[0] as Row;
    const lastGone = this.#rows[at - 1] as Row;
    const from = first.is === 'skipped' ? first.from : first.n;
    const to =
      lastGone.is === 'seen'
        ? lastGone.n + lastGone.records - 1
        : lastGone.is === 'skipped'
          ? lastGone.to
          : lastGone.n;
    this.#rows = this.#rows.slice(at);
    this.#rows.unshift({ is: 'skipped', n: from, from, to, gone: false });
    this.#size = left + ROW;
  }
}
