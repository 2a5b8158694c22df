import type { FairleadError } from '@fairlead/core';
import { z } from 'zod';
import { tcpErrors } from '../../../catalogue.ts';
import { type Checksum, checksum, checksumNames } from '../../checksum.ts';
import { hexDigit, readInteger, writeInteger } from '../../integers.ts';
import { hexOption } from '../../option-schemas.ts';
import { searchIn } from '../../window.ts';
import { Matcher, matchSchema, YES } from './match.ts';
import { offset, place } from './values.ts';

const word = z.int().nonnegative().max(0xffff_ffff);
const found = z.strictObject({
  find: hexOption.describe('Bytes to find in the frame, in hex.'),
  last: z.boolean().default(false).describe('True: the last occurrence. Default: the first.'),
  plus: z.int().min(-256).max(256).default(0).describe('Bytes to add. Default 0.'),
});
const shortNeedsHex = { properties: { as: { const: 'hex' } }, required: ['as'] };
const anyPlace = z.union([place, z.literal('end'), found]);

/** Bytes of a table, as of MAVLink's CRC_EXTRA. */
const appended = z.strictObject({
  at: offset.describe('Place of the key in the frame.'),
  size: z.int().min(1).max(4).default(1).describe('Bytes of the key. Default 1.'),
  table: z
    .record(z.string().regex(/^(?:[0-9a-fA-F]{2}){1,4}$/, 'expected bytes in hex'), hexOption)
    .transform((table) => new Map(Object.entries(table).map(([key, bytes]) => [key.toLowerCase(), bytes])))
    .describe('By the bytes of the key, in hex: the bytes that are covered after those of the frame.'),
});

export const checksumSchema = z
  .strictObject({
    kind: z
      .union([
        z.enum(checksumNames as [string, ...string[]]),
        z.strictObject({
          width: z.int().min(1).max(32),
          poly: word,
          init: word.default(0),
          refin: z.boolean().default(false),
          refout: z.boolean().default(false),
          xorout: word.default(0),
        }),
      ])
      .describe(
        'A name such as crc16/x25, or `{width, poly, init, refin, refout, xorout}` of a CRC of 1 to 32 bits.',
      ),
    over: z
      .enum(['wire', 'content'])
      .default('wire')
      .describe(
        'What places are counted in. "wire": the frame as it was received. "content": the unescaped bytes between the marks. Default "wire".',
      ),
    from: anyPlace
      .default(0)
      .describe(
        'First byte that the checksum covers. Negative: counted from the end. `{find, last, plus}`: where these bytes begin. Default 0.',
      ),
    to: anyPlace.describe(
      'First byte after those that the checksum covers; written as "from". "end": all up to the end of the frame.',
    ),
    at: anyPlace.describe('Where the checksum is, before or after the bytes it covers; written as "from".'),
    size: z
      .int()
      .min(1)
      .max(8)
      .optional()
      .describe(
        'Bytes of the checksum in the frame; surplus bytes are zeros. Default: its own size; in hex twice that.',
      ),
    as: z
      .enum(['bytes', 'hex'])
      .default('bytes')
      .describe('"hex": hexadecimal digits in ASCII; upper case is sent. Default "bytes".'),
    endian: z.enum(['big', 'little']).default('big').describe('Byte order of the checksum. Default "big".'),
    short: z
      .boolean()
      .default(false)
      .describe('True: leading zeros of hex digits may be missing. Default false.'),
    optional: z
      .boolean()
      .default(false)
      .describe('True: frames that lack these places, or any hex digit, are not checked. Default false.'),
    zeroed: z
      .boolean()
      .default(false)
      .describe(
        'True: the checksum stands within the bytes that it covers, and counts as zeros there. Default false.',
      ),
    append: appended
      .optional()
      .describe(
        'Bytes that the checksum covers after those of the frame, from a table by a part of the frame: `{at, size, table}`. A frame whose key is not in the table is not checked.',
      ),
    when: matchSchema
      .optional()
      .describe('Only frames that begin like this are checked; written as "match".'),
  })
  .meta({
    id: 'checksum',
    if: { properties: { short: { const: true } }, required: ['short'] },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: shortNeedsHex,
  });

export type ParsedChecksum = z.output<typeof checksumSchema>;
type ParsedPlace = z.output<typeof anyPlace>;

/** The result of a check: the frame has no checksum, it is correct, or it is wrong. */
export type CheckResult = 'none' | 'ok' | 'bad';

const NONE = 0;
const RIGHT = 1;
const WRONG = 2;
/** The frame is too short for the checksum, or bytes that must be found are missing. */
const MISPLACED = 3;

/** A checksum and its place in a frame. */
export class Check {
  readonly over: 'wire' | 'content';
  /** Bytes of the checksum on the wire. */
  readonly size: number;
  readonly at: ParsedPlace;
  readonly #of: Checksum['of'];
  readonly #bits: number;
  readonly #from: ParsedPlace;
  readonly #to: ParsedPlace;
  readonly #hex: boolean;
  readonly #short: boolean;
  readonly #little: boolean;
  readonly #optional: boolean;
  readonly #when: Matcher | undefined;
  readonly #zeroed: boolean;
  readonly #append: ParsedChecksum['append'];
  /** Bytes from the start of a frame with which it can be tested, if all places count from there; else undefined. */
  readonly reach: number | undefined;
  /** Whether one search finds both the checksum and the end of what it covers, and how far apart they are. */
  readonly #together: boolean;
  readonly #apart: number;
  /** Values of the last {@link test}, for the error. */
  #expected = 0;
  #found = 0;

  /** Throws an `Error` with the reason if the checksum cannot be at its place. */
  constructor(parsed: ParsedChecksum) {
    const { kind, from, to, at, over, size, as, endian, short, optional, when, zeroed, append } = parsed;
    const known = checksum(kind) as Checksum;
    const hex = as === 'hex';
    this.#of = known.of;
    this.#bits = known.size * 8;
    this.size = size ?? (hex ? known.size * 2 : known.size);
    if (this.size < (hex ? known.size * 2 : known.size))
      throw new Error(`the checksum has ${known.size} bytes, so it does not fit in "size": ${size}`);
    if (at === 'end') throw new Error('"at" is where the checksum begins: it cannot be "end"');
    if (typeof at === 'number' && at < 0 && -at < this.size && !short)
      throw new Error(`the checksum has ${this.size} bytes, so it cannot stand ${-at} before the end`);
    if (typeof from === 'number' && typeof to === 'number' && from < 0 === to < 0 && to < from)
      throw new Error('"to" of the checksum is before "from"');
    if (short && !hex) throw new Error('"short" goes with "as": "hex"');
    this.over = over;
    this.at = at;
    this.#from = from;
    this.#to = to;
    this.#hex = hex;
    this.#short = short;
    this.#little = endian === 'little';
    this.#optional = optional;
    this.#when = Matcher.of(when);
    this.#zeroed = zeroed;
    this.#append = append;
    const early = typeof from === 'number' && typeof to === 'number' && typeof at === 'number';
    this.reach =
      early && from >= 0 && to >= 0 && at >= 0 && !short && !optional && over === 'wire'
        ? Math.max(to, at + this.size, append === undefined ? 0 : append.at + append.size)
        : undefined;
    const both = typeof to === 'object' && typeof at === 'object' ? ([to, at] as const) : undefined;
    this.#together = both !== undefined && both[0].last === both[1].last && both[0].find.equals(both[1].find);
    this.#apart = both === undefined ? 0 : both[1].plus - both[0].plus;
  }

  /** Checks the frame that is `total` bytes from `start` on. Throws `FRAME_TOO_SHORT` or `FRAME_CHECKSUM_MISSING`. */
  test(bytes: Buffer, start: number, total: number): CheckResult {
    const found = this.#look(bytes, start, total);
    if (found === MISPLACED) throw this.#misplaced(bytes, start, total);
    return found === RIGHT ? 'ok' : found === WRONG ? 'bad' : 'none';
  }

  /** Whether the frame is valid; if not, {@link test} gives the reason. */
  isGood(bytes: Buffer, start: number, total: number): boolean {
    const found = this.#look(bytes, start, total);
    return found === RIGHT || found === NONE;
  }

  #look(
    bytes: Buffer,
    start: number,
    total: number,
  ): typeof NONE | typeof RIGHT | typeof WRONG | typeof MISPLACED {
    if (this.#when !== undefined && this.#when.test(bytes, start, start + total) !== YES) return NONE;
    const from = placeIn(this.#from, bytes, start, total);
    const to = placeIn(this.#to, bytes, start, total);
    const at = this.#together ? to + this.#apart : placeIn(this.at, bytes, start, total);
    const size = this.#short
      ? digitsAt(bytes, start + at, Math.min(start + at + this.size, start + total))
      : this.size;
    if (from < 0 || to < from || to > total || at < 0 || at + size > total || size === 0)
      return this.#optional ? NONE : MISPLACED;
    this.#found = this.#hex
      ? readHex(bytes, start + at, size, this.#little)
      : readInteger(bytes, start + at, size, this.#little);
    if (this.#found < 0 && this.#optional) return NONE;
    if (this.#zeroed || this.#append !== undefined) {
      const covered = this.#covered(bytes.subarray(start, start + total), from, to, at, size);
      if (covered === undefined) return NONE;
      this.#expected = this.#of(covered, 0, covered.length);
    } else this.#expected = this.#of(bytes, start + from, start + to);
    return this.#found === this.#expected ? RIGHT : WRONG;
  }

  /** A copy of what is covered, with its own bytes as zeros and those of the table; undefined if the table has none. */
  #covered(frame: Buffer, from: number, to: number, at: number, size: number): Buffer | undefined {
    const append = this.#append;
    const key = append === undefined ? '' : frame.toString('hex', append.at, append.at + append.size);
    const extra = append === undefined ? NOTHING : append.table.get(key);
    if (extra === undefined) return undefined;
    const covered = Buffer.concat([frame.subarray(from, to), extra]);
    if (this.#zeroed) covered.fill(0, Math.max(0, at - from), Math.max(0, Math.min(to, at + size) - from));
    return covered;
  }

  /** The error of the last frame that was tested. */
  mismatch(): FairleadError {
    const hex = (value: number): string => value.toString(16).padStart(this.#bits / 4, '0');
    return tcpErrors.error('FRAME_CHECKSUM_MISMATCH', {
      expected: hex(this.#expected),
      found: this.#found < 0 ? 'no hexadecimal digits' : hex(this.#found),
    });
  }

  /** Writes the checksum into a frame that is otherwise complete. Returns false if its places are missing. */
  write(frame: Buffer): boolean {
    if (this.#when !== undefined && this.#when.test(frame, 0, frame.length) !== YES) return true;
    const total = frame.length;
    const from = placeIn(this.#from, frame, 0, total);
    const to = placeIn(this.#to, frame, 0, total);
    const at = placeIn(this.at, frame, 0, total);
    const { size } = this;
    if (from < 0 || to < from || to > total || at < 0 || at + size > total) return false;
    const copied = this.#zeroed || this.#append !== undefined;
    const covered = copied ? this.#covered(frame, from, to, at, size) : frame.subarray(from, to);
    if (covered === undefined) return false;
    const value = this.#of(covered, 0, covered.length);
    const room = this.#hex ? Math.ceil(size / 2) : size;
    const raw = Buffer.alloc(room);
    writeInteger(raw, 0, room, this.#little, value);
    if (this.#hex) frame.write(raw.toString('hex').toUpperCase().slice(-size), at, 'latin1');
    else raw.copy(frame, at);
    return true;
  }

  #misplaced(bytes: Buffer, start: number, total: number): FairleadError {
    const min = this.#smallest();
    if (total < min) return tcpErrors.error('FRAME_TOO_SHORT', { size: total, min });
    const absent = [this.#from, this.#to, this.at].find(
      (place) =>
        typeof place === 'object' && placeIn(place, bytes, start, total) === Number.NEGATIVE_INFINITY,
    );
    const reason =
      typeof absent === 'object'
        ? `${absent.find.toString('hex')}, from which its place counts, is not in the frame`
        : this.#short
          ? 'there is no hexadecimal digit'
          : 'its place, or what it covers, is not within the frame';
    return tcpErrors.error('FRAME_CHECKSUM_MISSING', { size: total, reason });
  }

  /** The smallest frame in which all places that are numbers exist, in their order. */
  #smallest(): number {
    const from = this.#from;
    const to = this.#to;
    const { at } = this;
    // A place counted from the end needs as many bytes, one counted from the start those up to it.
    const reach = (place: ParsedPlace, size: number): number =>
      typeof place !== 'number' ? 0 : place < 0 ? -place : place + size;
    const covered = typeof from === 'number' && typeof to === 'number' && from >= 0 && to < 0 ? from - to : 0;
    return Math.max(covered, reach(from, 0), reach(to, 0), reach(at, this.#short ? 1 : this.size));
  }
}

/** The offset of a place from the start of the frame; below 0 if there is no such place. */
function placeIn(place: ParsedPlace, bytes: Buffer, start: number, total: number): number {
  if (typeof place === 'number') return place < 0 ? total + place : place;
  if (place === 'end') return total;
  const { find, last, plus } = place;
  const end = start + total;
  const what = find.length === 1 ? (find[0] as number) : find;
  const found = last ? bytes.lastIndexOf(what, end - find.length) : searchIn(bytes, what, start, end);
  return found < start || found + find.length > end ? Number.NEGATIVE_INFINITY : found - start + plus;
}

function digitsAt(bytes: Buffer, from: number, to: number): number {
  let at = from;
  while (at < to && hexDigit(bytes[at] as number) >= 0) at++;
  return Math.max(0, at - from);
}

/** Returns -1 if there are other bytes than hexadecimal digits. */
function readHex(bytes: Buffer, at: number, size: number, little: boolean): number {
  let value = 0;
  for (let i = 0; i < size; i++) {
    // The digits of one byte stay in order.
    const place = little ? at + (size - 2 - (i & ~1)) + (i & 1) : at + i;
    const one = hexDigit(bytes[place] as number);
    if (one < 0) return -1;
    value = value * 16 + one;
  }
  return value;
}

const NOTHING = Buffer.alloc(0);
