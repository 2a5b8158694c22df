// Sentences, and readers of their fields.

import { ascii, bit, nmeaCoordinate } from 'fairlead:helpers';

export type Values = Record<string, unknown>;
export interface Result {
  values?: Values;
  time?: Date;
  reply?: string;
  /** The command that it answers, by its type. */
  answers?: string;
}

export interface Sentence {
  maker: string;
  id: string;
  type: string;
  fields: string[];
}

export function sentence(bytes: Uint8Array): Sentence {
  const text = ascii(bytes.subarray(1, bytes.length - 1));
  const [maker = '', id = '', type = '', ...fields] = text.split(',').map((field) => field.trim());
  if (!/^\w{2}$/.test(maker) || !/^\d*$/.test(id) || type === '') throw new Error('not a sentence of H02');
  return { maker, id, type, fields };
}

/** YYYYMMDDhhmmss in UTC. */
export const clock = (time: number): string => new Date(time).toISOString().replace(/\D/g, '').slice(0, 14);

/** Bits that are 0, in order of weight. */
const ALARMS: [bit: number, name: string][] = [
  [0, 'vibration'],
  [1, 'sos'],
  [18, 'sos'],
  [2, 'overspeed'],
  [19, 'powerCut'],
];

export function status(values: Values, word: number): void {
  values.status = word;
  values.ignition = bit(word, 10);
  const alarm = ALARMS.find(([n]) => !bit(word, n));
  if (alarm) values.alarm = alarm[1];
}

/** ddmm.mmmm, ddmmmmmm, -dd-mm.mmmm, or minutes alone. */
export function coordinate(text: string, hemisphere: string): number {
  const parted = /^-(\d+)-(\d+\.\d+)$/.exec(text);
  if (parted) return nmeaCoordinate(parted[1] + parted[2]!.padStart(7, '0'), hemisphere);
  if (/^\d{7,}$/.test(text)) return nmeaCoordinate(`${text.slice(0, -4)}.${text.slice(-4)}`, hemisphere);
  return nmeaCoordinate(/^\d\d\./.test(text) ? `0${text}` : text, hemisphere);
}

export const isDate = (text: string | undefined): boolean => /^\d{6}$/.test(text ?? '');
export const isStatus = (text: string | undefined): boolean => /^[0-9a-f]{8}$/i.test(text ?? '');

export function setCells(values: Values, cells: Values[]): void {
  if (!cells[0]) return;
  const { level: _, ...serving } = cells[0];
  Object.assign(values, serving, { cells });
}

/** Fields by threes: area, cell, level. */
export function triples(mcc: number, mnc: number, fields: string[]): Values[] {
  const cells: Values[] = [];
  for (let i = 0; i + 2 < fields.length; i += 3) {
    const [lac, cellId, level] = fields.slice(i, i + 3).map(Number);
    cells.push({ mcc, mnc, lac, cellId, level });
  }
  return cells;
}

/** 1 to 6 are steps, up to 100 percent, f1 to f6 steps while charging. */
export function battery(values: Values, value: number): void {
  if (value >= 0xf1 && value <= 0xf6) values.batteryStep = value - 0xf0;
  else if (value > 6 && value <= 100) values.battery = value;
  else if (value > 0 && value <= 6) values.battery = (value - 1) * (value <= 3 ? 10 : 20);
}
