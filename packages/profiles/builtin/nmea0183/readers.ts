// A sentence, and readers of its fields.

import { dateUTC, nmeaCoordinate } from 'fairlead:helpers';

export type Values = Record<string, unknown>;
interface State {
  /** The last time that a sentence gave, Unix milliseconds. */
  last?: number;
}
export interface Context {
  time: number;
  state: State;
}
export interface Sentence {
  readonly type: string;
  readonly fields: readonly string[];
  readonly ctx: Context;
  time?: Date;
}

export const knot = 1.852;
export const metresPerSecond = { K: 1 / 3.6, M: 1, N: knot / 3.6, S: 0.44704 } as Record<string, number>;
export const kilometres = { N: knot, K: 1, S: 1.609344 } as Record<string, number>;

export function number({ fields, type }: Sentence, at: number): number | undefined {
  const text = fields[at]?.trim() ?? '';
  if (text === '') return undefined;
  if (!/^[+-]?(\d+\.?\d*|\.\d+)$/.test(text))
    throw new Error(`${type} field ${at + 1} is not a number: ${text}`);
  return Number(text);
}

/** A number times a factor, which depends on the letter that another field holds; no letter of the table: nothing. */
export function scaled(
  sentence: Sentence,
  at: number,
  letterAt: number,
  factors: Record<string, number>,
): Values[string] {
  const value = number(sentence, at);
  const factor = factors[sentence.fields[letterAt] ?? ''];
  return value === undefined || factor === undefined ? undefined : value * factor;
}

export function celsius(sentence: Sentence, at: number): number | undefined {
  const value = number(sentence, at);
  const unit = sentence.fields[at + 1];
  if (value === undefined) return undefined;
  return unit === 'F' ? ((value - 32) * 5) / 9 : unit === 'K' ? value - 273.15 : value;
}

export function place(
  { fields, type }: Sentence,
  at: number,
): [latitude: number, longitude: number] | undefined {
  const [lat, north = '', lon, east = ''] = fields.slice(at, at + 4);
  if (!lat || !lon || !north || !east) return undefined;
  if (!/^[NS]$/.test(north) || !/^[EW]$/.test(east))
    throw new Error(`${type} has no such hemisphere: ${north} ${east}`);
  return [nmeaCoordinate(lat, north), nmeaCoordinate(lon, east)];
}

const dayMs = 86_400_000;

/** A time of day; the day is the one that puts it nearest to the last dated sentence, else to the arrival. */
export function clock(sentence: Sentence, at: number): string | undefined {
  const value = sentence.fields[at];
  if (!value) return undefined;
  const { state, time } = sentence.ctx;
  const ofDay = timeOfDay(value);
  const near = state.last ?? time;
  const found = Math.round((near - ofDay) / dayMs) * dayMs + ofDay;
  if (state.last !== undefined) state.last = found;
  sentence.time = new Date(found);
  return value;
}

function timeOfDay(value: string): number {
  const match = /^(\d\d)(\d\d)(\d\d)(\.\d*)?$/.exec(value);
  if (match === null) throw new Error(`not a time: ${value}`);
  const [hour, minute, second] = match.slice(1, 4).map(Number) as [number, number, number];
  if (hour > 23 || minute > 59 || second > 60) throw new Error(`not a time: ${value}`);
  return ((hour * 60 + minute) * 60 + second) * 1_000 + Math.round(Number(`0${match[4] ?? ''}`) * 1_000);
}

/** A time with its date, which serves the sentences after it. */
export function dated(sentence: Sentence, time: string, year: number, month: number, day: number): Values {
  const start = dateUTC(year, month, day).getTime();
  if (time === '') return {};
  const full = start + timeOfDay(time);
  sentence.ctx.state.last = full;
  sentence.time = new Date(full);
  return { timeOfDay: time };
}
