// Layouts of messages with one part, observations and special ones.

import { ascii, type BitReader, utf8 } from 'fairlead:helpers';
import { type Fields, readFields, type Values } from './fields.ts';

const gpsHead = '3 4 5 6 7 8';
const glonassHead = '3 34 5 35 36 37';
const station = '3 21 22 23 24 141 25 142 _1 26 364 27';
const galileo =
  '252 289 290 291 292 293 294 295 296 297 298 299 300 301 302 303 304 305 306 307 308 309 310 311 312';

/** Messages that are a plain list of fields. */
export const plain: Record<number, string> = {
  1005: station,
  1006: `${station} 28`,
  1019: '9 76 77 78 79 71 81 82 83 84 85 86 87 88 89 90 91 92 93 94 95 96 97 98 99 100 101 102 103 137',
  1020: '38 40 104 105 106 107 108 109 110 111 112 113 114 115 116 117 118 119 120 121 122 123 124 125 126 127 128 129 130 131 132 133 134 135 136',
  1042: '488 489 490 491 492 493 494 495 496 497 498 499 500 501 502 503 504 505 506 507 508 509 510 511 512 513 514 515',
  1045: `${galileo} 314 315`,
  1046: `${galileo} 313 316 317 287 288`,
  1057: '385 391 388 375 413 414 415 387',
  1058: '385 391 388 413 414 415 387',
  1059: '385 391 388 413 414 415 387',
  1060: '385 391 388 375 413 414 415 387',
  1061: '385 391 388 413 414 415 387',
  1062: '385 391 388 413 414 415 387',
  1063: '386 391 388 375 413 414 415 387',
  1064: '386 391 388 413 414 415 387',
  1065: '386 391 388 413 414 415 387',
  1066: '386 391 388 375 413 414 415 387',
  1067: '386 391 388 413 414 415 387',
  1068: '386 391 388 413 414 415 387',
};

/** Observations: a head, the field that counts the satellites, and the fields of each satellite. */
export const observed: Record<number, [head: string, count: string, satellite: string]> = {
  1001: [gpsHead, 'DF006', '9 10 11 12 13'],
  1002: [gpsHead, 'DF006', '9 10 11 12 13 14 15'],
  1003: [gpsHead, 'DF006', '9 10 11 12 13 16 17 18 19'],
  1004: [gpsHead, 'DF006', '9 10 11 12 13 14 15 16 17 18 19 20'],
  1009: [glonassHead, 'DF035', '38 39 40 41 42 43'],
  1010: [glonassHead, 'DF035', '38 39 40 41 42 43 44 45'],
  1011: [glonassHead, 'DF035', '38 39 40 41 42 43 46 47 48 49'],
  1012: [glonassHead, 'DF035', '38 39 40 41 42 43 44 45 46 47 48 49 50'],
};

/** Messages that need more than a list. */
export const special: Record<number, (bits: BitReader) => Values> = {
  1007: (bits) => antenna(bits, false),
  1008: (bits) => antenna(bits, true),
  1013: (bits) => {
    const df = readFields(bits, '3 51 52 53 54');
    return { df, announced: repeated(bits, '55 56 57', df.DF053 as number) };
  },
  1023: (bits) => {
    const df = readFields(bits, '147 190 191 192 193 194 195 196 197 198');
    const points = repeated(bits, '199 200 201', 16);
    return { df: readFields(bits, '212 213 214 215 51', df), points };
  },
  1029: (bits) => {
    const df = readFields(bits, '3 51 52');
    bits.skip(7);
    const bytes = new Uint8Array(bits.bits(8)).map(() => bits.bits(8));
    return { df, message: utf8(bytes) };
  },
  1033: (bits) => ({
    ...antenna(bits, true),
    receiver: counted(bits),
    firmware: counted(bits),
    serial: counted(bits),
  }),
  1230: (bits) => {
    const df = readFields(bits, '3 421 _3 422');
    for (const n of [0, 1, 2, 3])
      if (((df.DF422 as number) >> (3 - n)) & 1) readFields(bits, String(423 + n), df);
    return { df };
  },
};

export function repeated(bits: BitReader, list: string, count: number): Fields[] {
  return Array.from({ length: count }, () => readFields(bits, list));
}

/** Text after its number of characters. */
function counted(bits: BitReader): string {
  return ascii(new Uint8Array(bits.bits(8)).map(() => bits.bits(8)));
}

function antenna(bits: BitReader, serial: boolean): Values {
  const df: Values = readFields(bits, '3');
  const length = bits.bits(8);
  const text = ascii(new Uint8Array(length).map(() => bits.bits(8)));
  Object.assign(df, { DF029: length, DF030: text }, readFields(bits, '31'));
  return { df, antenna: text, ...(serial && { antennaSerial: counted(bits) }) };
}
