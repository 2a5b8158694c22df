/** Reads of the history, in pages. */
import type { Database } from '../database/database.ts';
import { storeLimits } from '../limits.ts';
import { objectIn } from './rollup.ts';
import { HOUR, MINUTE } from './schema.ts';

const limits = storeLimits.values;
/** Rows that are read at a time. */
const STEP = 500;

export interface HistoryRange {
  /** Only this field. */
  readonly field?: string | undefined;
  /** Unix milliseconds; `to` is not part of the range. */
  readonly from: number;
  readonly to: number;
  /** At most 1,000. */
  readonly limit: number;
  /** `next` of the page before. */
  readonly after?: string | undefined;
}

/** A message of the history. */
export interface HistoryMessage {
  /** Unix milliseconds. */
  readonly time: number;
  readonly values: Readonly<Record<string, unknown>>;
}

/** A field over one interval. `min`, `max` and `mean` are there if a value was a number. */
export interface HistoryBucket {
  readonly field: string;
  /** Unix milliseconds: the start of the interval. */
  readonly time: number;
  readonly count: number;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  readonly mean?: number | undefined;
  /** undefined if it was too long. */
  readonly last: unknown;
}

export interface HistoryPage<T> {
  readonly items: readonly T[];
  /** There may be more: `after` of the next page. */
  readonly next?: string | undefined;
}

export class HistoryQuery {
  readonly #sql;

  constructor(database: Database) {
    this.#sql = {
      raw: database.prepare(`SELECT id, time, payload FROM raw WHERE device = ?1 AND (time, id) > (?2, ?3) AND time < ?4
        ORDER BY time, id LIMIT ?5`),
      fields: database.prepare('SELECT seq, name FROM fields WHERE device = ?'),
      buckets:
        database.prepare(`SELECT start, field, count, numbers, sum, min, max, last, last_time FROM buckets
        WHERE device = ?1 AND span = ?2 AND (start, field) > (?3, ?4) AND start < ?5
        ORDER BY start, field LIMIT ?6`),
    };
  }

  /** Messages, the oldest first. */
  messages(device: number, { field, from, to, limit, after }: HistoryRange): HistoryPage<HistoryMessage> {
    const items: HistoryMessage[] = [];
    let [time, id] = after === undefined ? [from, 0] : cursorOf(after);
    let bytes = 0;
    for (let read = 0; read < limits.historyScan && bytes < limits.historyPendingBytes; read += STEP) {
      const rows = this.#sql.raw.all(device, time, id, to, STEP);
      for (const row of rows) {
        [time, id] = [row.time as number, row.id as number];
        const payload = row.payload as Uint8Array;
        bytes += payload.length;
        const values = objectIn(payload);
        if (values === undefined || (field !== undefined && !Object.hasOwn(values, field))) continue;
        items.push({ time, values: field === undefined ? values : { [field]: values[field] } });
        if (items.length === limit) return { items, next: `${time}.${id}` };
      }
      if (rows.length < STEP) return { items };
    }
    return { items, next: `${time}.${id}` };
  }

  /**
   * Buckets of `every` milliseconds, the oldest first, fields beside each other. The first interval begins at or before `from`.
   *
   * @param every whole minutes, or whole hours
   */
  buckets(
    device: number,
    every: number,
    { field, from, to, limit, after }: HistoryRange,
  ): HistoryPage<HistoryBucket> {
    const span = every % HOUR === 0 ? HOUR : MINUTE;
    const names = new Map<number, string>();
    for (const { seq, name } of this.#sql.fields.all(device))
      if (field === undefined || name === field) names.set(seq as number, name as string);
    const items: HistoryBucket[] = [];
    if (names.size === 0) return { items };
    /** Fields of the first interval that the page before had already. */
    const [begin, done] = after === undefined ? [floor(from, every), 0] : cursorOf(after);
    let [start, last] = [begin, 0];
    let current: { readonly start: number; readonly sums: Map<number, Sum> } | undefined;
    /** The cursor after the page, once the page is full. */
    const close = (): string | undefined => {
      if (current === undefined) return undefined;
      for (const [seq, sum] of [...current.sums].sort(([a], [b]) => a - b)) {
        if (current.start === begin && seq <= done) continue;
        items.push(bucketOf(names.get(seq) as string, current.start, sum));
        if (items.length === limit) return `${current.start}.${seq}`;
      }
      return undefined;
    };
    for (let read = 0; ; read += STEP) {
      const rows = this.#sql.buckets.all(device, span, start, last, to, STEP);
      for (const row of rows) {
        [start, last] = [row.start as number, row.field as number];
        const at = floor(start, every);
        if (current?.start !== at) {
          const next = close() ?? (read >= limits.historyScan ? `${at}.0` : undefined);
          if (next !== undefined) return { items, next };
          current = { start: at, sums: new Map() };
        }
        if (names.has(last)) add(current.sums, last, row as unknown as Row);
      }
      if (rows.length < STEP) {
        const next = close();
        return next === undefined ? { items } : { items, next };
      }
    }
  }
}

interface Row {
  readonly count: number;
  readonly numbers: number;
  readonly sum: number | null;
  readonly min: number | null;
  readonly max: number | null;
  readonly last: string | null;
  readonly last_time: number;
}

interface Sum {
  count: number;
  numbers: number;
  sum: number;
  min: number | null;
  max: number | null;
  last: string | null;
  lastTime: number;
}

function add(sums: Map<number, Sum>, field: number, row: Row): void {
  const sum = sums.get(field);
  if (sum === undefined) {
    const { count, numbers, min, max, last } = row;
    sums.set(field, {
      count,
      numbers,
      sum: row.sum ?? Number.NaN,
      min,
      max,
      last,
      lastTime: row.last_time,
    });
    return;
  }
  sum.count += row.count;
  sum.numbers += row.numbers;
  sum.sum += row.sum ?? Number.NaN;
  if (row.min !== null) sum.min = Math.min(sum.min ?? row.min, row.min);
  if (row.max !== null) sum.max = Math.max(sum.max ?? row.max, row.max);
  if (row.last_time < sum.lastTime) return;
  sum.last = row.last;
  sum.lastTime = row.last_time;
}

function bucketOf(field: string, time: number, { count, numbers, sum, min, max, last }: Sum): HistoryBucket {
  const mean = sum / numbers;
  return {
    field,
    time,
    count,
    min: min ?? undefined,
    max: max ?? undefined,
    // The sum of huge numbers is beyond what a number can hold.
    mean: Number.isFinite(mean) ? mean : undefined,
    last: last === null ? undefined : JSON.parse(last),
  };
}

const floor = (time: number, every: number): number => Math.floor(time / every) * every;

function cursorOf(text: string): [number, number] {
  const [first, second] = text.split('.');
  return [Number(first), Number(second)];
}
