/** From messages to buckets of a minute and of an hour. */
import { nestsDeeper } from '@fairlead/core';
import type { Database } from '../database/database.ts';
import { storeLimits } from '../limits.ts';
import { HOUR, MINUTE } from './schema.ts';

const limits = storeLimits.values;
const decoder = new TextDecoder();

interface Bucket {
  readonly span: number;
  readonly start: number;
  readonly field: number;
  count: number;
  numbers: number;
  sum: number;
  min: number | null;
  max: number | null;
  last: string | null;
  lastTime: number;
}

/** The times within which a device has messages that its buckets lack. */
export interface Fresh {
  from: number;
  to: number;
}

/** The object in a payload; undefined if it holds none, or one with too many levels. */
export function objectIn(payload: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const text = decoder.decode(payload);
    if (nestsDeeper(text, limits.valueDepth)) return undefined;
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Adds messages to buckets, each of them once: the buckets and the mark of the last message change in one transaction. Messages
 * may come in any order of their times.
 */
export class Rollup {
  /** Messages that were rolled up. */
  count = 0;
  readonly #database: Database;
  readonly #sql;

  constructor(database: Database) {
    this.#database = database;
    this.#sql = {
      rows: database.prepare(`SELECT r.id, r.time, r.payload FROM raw r JOIN devices d ON d.seq = r.device
        WHERE r.device = ?1 AND r.time BETWEEN ?2 AND ?3 AND r.id > d.rolled ORDER BY r.id LIMIT ?4`),
      rolled: database.prepare('UPDATE devices SET rolled = ?2 WHERE seq = ?1'),
      field: database.prepare('SELECT seq FROM fields WHERE device = ? AND name = ?'),
      fields: database.prepare('SELECT count(*) AS count FROM fields WHERE device = ?'),
      addField: database.prepare('INSERT INTO fields (device, name) VALUES (?, ?) RETURNING seq'),
      add: database.prepare(`INSERT INTO buckets
          (device, span, start, field, count, numbers, sum, min, max, last, last_time)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (device, span, start, field) DO UPDATE SET
          count = count + excluded.count,
          numbers = numbers + excluded.numbers,
          sum = sum + excluded.sum,
          min = min(coalesce(min, excluded.min), coalesce(excluded.min, min)),
          max = max(coalesce(max, excluded.max), coalesce(excluded.max, max)),
          last = CASE WHEN excluded.last_time >= last_time THEN excluded.last ELSE last END,
          last_time = max(last_time, excluded.last_time)`),
    };
  }

  /** Rolls up the next messages of a device. Returns whether there may be more. */
  slice(device: number, { from, to }: Fresh): boolean {
    const rows = this.#sql.rows.all(device, from, to, limits.flushSlice);
    if (rows.length === 0) return false;
    this.#database.transaction('batch', () => {
      const buckets = new Map<string, Bucket>();
      const fields = new Map<string, number | undefined>();
      for (const { time, payload } of rows) {
        const values = objectIn(payload as Uint8Array) ?? {};
        for (const [name, value] of Object.entries(values)) {
          if (name.length > limits.valueKeyLength) continue;
          if (!fields.has(name)) fields.set(name, this.#fieldOf(device, name));
          const field = fields.get(name);
          if (field === undefined) continue;
          for (const span of [MINUTE, HOUR]) count(buckets, span, field, value, time as number);
        }
      }
      for (const { span, start, field, count, numbers, sum, min, max, last, lastTime } of buckets.values())
        this.#sql.add.run(device, span, start, field, count, numbers, sum, min, max, last, lastTime);
      this.#sql.rolled.run(device, rows.at(-1)?.id as number);
    });
    this.count += rows.length;
    return rows.length === limits.flushSlice;
  }

  /** undefined: the device has too many fields. */
  #fieldOf(device: number, name: string): number | undefined {
    const known = this.#sql.field.get(device, name);
    if (known !== undefined) return known.seq as number;
    if ((this.#sql.fields.get(device)?.count as number) >= limits.historyFields) return undefined;
    return this.#sql.addField.get(device, name)?.seq as number;
  }
}

function count(
  buckets: Map<string, Bucket>,
  span: number,
  field: number,
  value: unknown,
  time: number,
): void {
  const start = Math.floor(time / span) * span;
  const key = `${span} ${start} ${field}`;
  let bucket = buckets.get(key);
  if (bucket === undefined) {
    bucket = {
      span,
      start,
      field,
      count: 0,
      numbers: 0,
      sum: 0,
      min: null,
      max: null,
      last: null,
      lastTime: time,
    };
    buckets.set(key, bucket);
  }
  bucket.count++;
  if (typeof value === 'number' && Number.isFinite(value)) {
    bucket.numbers++;
    bucket.sum += value;
    bucket.min = Math.min(bucket.min ?? value, value);
    bucket.max = Math.max(bucket.max ?? value, value);
  }
  if (time < bucket.lastTime) return;
  const text = JSON.stringify(value);
  bucket.last = text.length <= limits.historyLast ? text : null;
  bucket.lastTime = time;
}
