// Data fields, and what reads them.

import type { BitReader } from 'fairlead:helpers';

export type Values = Record<string, unknown>;
export type Fields = Record<string, number>;

// By number: u (unsigned), i (two's complement) or m (sign and magnitude) with the number of bits, then "/" and what the
// value is divided by, "^" and the power of two that it is multiplied by, or "*" and a factor.

const table =
  '3:u12 4:u30 5:u1 6:u5 7:u1 8:u3 9:u6 10:u1 11:u24/50 12:i20/2000 13:u7 14:u8*299792.458 15:u8/4 16:u2 17:i14/50 ' +
  '18:i20/2000 19:u7 20:u8/4 21:u6 22:u1 23:u1 24:u1 25:i38/10000 26:i38/10000 27:i38/10000 28:u16/10000 31:u8 34:u27 ' +
  '35:u5 36:u1 37:u3 38:u6 39:u1 40:u5 41:u25/50 42:i20/2000 43:u7 44:u7*599584.916 45:u8/4 46:u2 47:i14/50 48:i20/2000 ' +
  '49:u7 50:u8/4 51:u16 52:u17 53:u5 54:u8 55:u12 56:u1 57:u16/10 71:u8 76:u10 77:u4 78:u2 79:i14^-43 81:u16*16 82:i8^-55 ' +
  '83:i16^-43 84:i22^-31 85:u10 86:i16^-5 87:i16^-43 88:i32^-31 89:i16^-29 90:u32^-33 91:i16^-29 92:u32^-19 93:u16*16 ' +
  '94:i16^-29 95:i32^-31 96:i16^-29 97:i32^-31 98:i16^-5 99:i32^-31 100:i24^-43 101:i8^-31 102:u6 103:u1 104:u1 105:u1 ' +
  '106:u2 107:u12 108:u1 109:u1 110:u7*15 111:m24^-20 112:m27^-11 113:m5^-30 114:m24^-20 115:m27^-11 116:m5^-30 ' +
  '117:m24^-20 118:m27^-11 119:m5^-30 120:u1 121:m11^-40 122:u2 123:u1 124:m22^-30 125:m5^-30 126:u5 127:u1 128:u4 129:u11 ' +
  '130:u2 131:u1 132:u11 133:m32^-31 134:u5 135:m22^-30 136:u1 137:u1 141:u1 142:u1 147:u8 190:u1 191:u1 192:i21/2 193:i22/2 ' +
  '194:u12/2 195:u12/2 196:i8/1000 197:i8/1000 198:i15/100 199:i9*0.00003 200:i9*0.00003 201:i9/1000 212:u2 213:u2 214:u3 ' +
  '215:u3 248:u30 252:u6 287:u2 288:u1 289:u12 290:u10 291:u8 292:i14^-43 293:u14*60 294:i6^-59 295:i21^-46 296:i31^-34 ' +
  '297:i16^-5 298:i16^-43 299:i32^-31 300:i16^-29 301:u32^-33 302:i16^-29 303:u32^-19 304:u14*60 305:i16^-29 306:i32^-31 ' +
  '307:i16^-29 308:i32^-31 309:i16^-5 310:i32^-31 311:i24^-43 312:i10^-32 313:i10^-32 314:u2 315:u1 316:u2 317:u1 364:u2 ' +
  '375:u1 385:u20 386:u17 387:u6 388:u1 391:u4 393:u1 397:u8 398:u10^-10 399:i14 400:i15^-24 401:i22^-29 402:u4 403:u6 ' +
  '404:i15/10000 405:i20^-29 406:i24^-31 407:u10 408:u10^-4 409:u3 411:u2 412:u2 413:u4 414:u16 415:u4 416:u3 417:u1 418:u3 ' +
  '419:u4 420:u1 421:u1 422:u4 423:i16/50 424:i16/50 425:i16/50 426:i16/50 427:u30 428:u30 488:u6 489:u13 490:u4 491:i14^-43 ' +
  '492:u5 493:u17*8 494:i11^-66 495:i22^-50 496:i24^-33 497:u5 498:i18^-6 499:i16^-43 500:i32^-31 501:i18^-31 502:u32^-33 ' +
  '503:i18^-31 504:u32^-19 505:u17*8 506:i18^-31 507:i32^-31 508:i18^-31 509:i32^-31 510:i18^-6 511:i32^-31 512:i24^-43 ' +
  '513:i10/10 514:i10/10 515:u1';

interface Field {
  readonly kind: string;
  readonly bits: number;
  readonly scale: (value: number) => number;
}

const fields: ReadonlyMap<number, Field> = new Map(table.split(' ').map(parseField));

function parseField(entry: string): [number, Field] {
  const [, number, kind = '', bits, operator, operand] =
    /^(\d+):([uim])(\d+)(?:([/*^])(.+))?$/.exec(entry) ?? [];
  const by = Number(operand);
  const factor = operator === '^' ? 2 ** by : by;
  const scale =
    operator === undefined
      ? (value: number) => value
      : operator === '/'
        ? (value: number) => value / by
        : (value: number) => value * factor;
  return [Number(number), { kind, bits: Number(bits), scale }];
}

function readField(bits: BitReader, number: number): number {
  const { kind, bits: size, scale } = fields.get(number) as Field;
  if (kind === 'u') return scale(bits.bits(size));
  if (kind === 'i') return scale(bits.signed(size));
  const negative = bits.flag();
  const value = scale(bits.bits(size - 1));
  return negative ? -value : value;
}

/** Fields by their numbers; "_n" skips n bits. */
export function readFields(bits: BitReader, list: string, out: Fields = {}): Fields {
  for (const entry of list.split(' ')) {
    if (entry.startsWith('_')) {
      bits.skip(Number(entry.slice(1)));
      continue;
    }
    const name = `DF${entry.padStart(3, '0')}`;
    out[name] = readField(bits, Number(entry));
  }
  return out;
}
