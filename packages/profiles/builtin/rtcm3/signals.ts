// Multiple signal messages.

import type { BitReader } from 'fairlead:helpers';
import { type Fields, readFields, type Values } from './fields.ts';

export const systems: Record<number, [name: string, epoch: string, key: string]> = {
  107: ['GPS', '4', 'DF004'],
  108: ['GLONASS', '416 34', 'DF034'],
  109: ['Galileo', '248', 'DF248'],
  110: ['SBAS', '4', 'DF004'],
  111: ['QZSS', '428', 'DF428'],
  112: ['BeiDou', '427', 'DF427'],
  113: ['NavIC', '4', 'DF004'],
};

/** Of each form 1 to 7: the fields of satellites and of signals. "419" stands for four bits of the system's own. */
export const forms: Record<number, [satellite: string, signal: string]> = {
  1: ['398', '400'],
  2: ['398', '401 402 420'],
  3: ['398', '400 401 402 420'],
  4: ['397 398', '400 401 402 420 403'],
  5: ['397 419 398 399', '400 401 402 420 403 404'],
  6: ['397 398', '405 406 407 420 408'],
  7: ['397 419 398 399', '405 406 407 420 408 404'],
};

export function multipleSignals(type: number, bits: BitReader): Values {
  const [system, epoch, key] = systems[Math.floor(type / 10)] as [string, string, string];
  const [ofSatellite, ofSignal] = forms[type % 10] as [string, string];
  const df = readFields(bits, `3 ${epoch} 393 409 _7 411 412 417 418`);
  const satellites = marked(bits, 64);
  const signals = marked(bits, 32);
  if (satellites.length * signals.length > 64) throw new Error('a message has at most 64 cells');
  const observations: Fields[] = satellites.map((satellite) => ({ satellite }));
  const cells = satellites
    .flatMap((satellite) => signals.map((signal): Fields => ({ satellite, signal })))
    .filter(() => bits.flag());
  inColumns(bits, ofSatellite, observations);
  inColumns(bits, ofSignal, cells);
  return { df, system, epoch: df[key], observations, cells };
}

/** Numbers, from 1, of the bits that are set. */
function marked(bits: BitReader, count: number): number[] {
  const found: number[] = [];
  for (let n = 1; n <= count; n++) if (bits.flag()) found.push(n);
  return found;
}

/** The first field of all rows, then the second field of all, and so on. */
function inColumns(bits: BitReader, list: string, rows: readonly Fields[]): void {
  for (const field of list.split(' ')) for (const row of rows) readFields(bits, field, row);
}
