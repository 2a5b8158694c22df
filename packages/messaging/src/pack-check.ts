/**
 * Checks a MessagePack value before it is decoded: it must be complete, must end where the frame ends, and must not be nested
 * too deeply. No memory is allocated before that: a list of five bytes may announce four thousand million items.
 *
 * The check takes linear time and keeps one number for each level: the values that are still missing there.
 */

import { isUtf8 } from 'node:buffer';
import { tcpLimits } from '@fairlead/tcp';
import { headHex } from '@fairlead/tcp/internal';
import { cost } from './cost.ts';
import { checkMemory } from './memory.ts';
import { invalid } from './wire.ts';

const MAX_DEPTH = tcpLimits.values.jsonDepth;

/** Text of up to this many bytes is checked here; for longer text, a call of the runtime is faster. */
const SHORT = 32;

/** Returns the memory that the values will use, in bytes. Throws `MESSAGE_INVALID`. @param max the largest message */
export function checkPack(frame: Buffer, max: number): number {
  let memory = frame.length;
  /** By level: the values that are still missing, and whether keys and values alternate. */
  const left = [1];
  const inMap = [false];
  let at = 0;
  while (left.length > 0) {
    const level = left.length - 1;
    if (left[level] === 0) {
      left.pop();
      inMap.pop();
      continue;
    }
    const isKey = inMap[level] && (left[level] as number) % 2 === 0;
    (left[level] as number)--;
    if (at >= frame.length) throw cut(frame);
    const head = frame[at] as number;
    const shape = shapeOf(head);
    if (at + 1 + shape.length > frame.length) throw cut(frame);
    const size = shape.length === 0 ? shape.size : frame.readUIntBE(at + 1, shape.length);
    const start = at;
    at += 1 + shape.length;
    memory += isKey ? cost.key : shape.cost;
    if (shape.values > 0) {
      if (size === 0) continue;
      if (left.length >= MAX_DEPTH) throw invalid('the top', `nested deeper than ${MAX_DEPTH} levels`);
      left.push(size * shape.values);
      inMap.push(shape.values === 2);
    } else {
      at += size + shape.extra;
      if (isText(head) && at <= frame.length && !isValidText(frame, at - size, at))
        throw invalid('the top', `text that is not UTF-8: ${headHex(frame.subarray(at - size, at))}`);
      if (shape.extra === 1 && at <= frame.length) checkExtension(frame, start, at - size, size);
    }
  }
  if (at > frame.length) throw cut(frame);
  if (at < frame.length) throw invalid('the top', `${frame.length - at} bytes follow the message`);
  checkMemory(memory, max);
  return memory;
}

interface Shape {
  /** Bytes of the length field after the head; 0: `size` is known. */
  readonly length: number;
  readonly size: number;
  /** Bytes in addition to those that the length counts: the type of an extension. */
  readonly extra: number;
  /** Values for each item: 1 in a list, 2 in a map; 0: not a container. */
  readonly values: number;
  /** Estimated bytes of memory. */
  readonly cost: number;
}

const bytes = (size: number, inMemory: number = cost.scalar): Shape => ({
  length: 0,
  size,
  extra: 0,
  values: 0,
  cost: inMemory,
});
const counted = (length: number, inMemory: number): Shape => ({ ...bytes(0, inMemory), length });
const items = (length: number, values: 1 | 2, size = 0): Shape => ({
  ...bytes(size, cost.container),
  length,
  values,
});
/** A type follows the length, if there is a length. */
const extension = (length: number, size = 0): Shape => ({ ...bytes(size, cost.object), length, extra: 1 });

/** Shapes of the heads c0 to df. */
const SHAPES: readonly (Shape | undefined)[] = [
  bytes(0), // c0 nil
  undefined, // c1 is never used
  bytes(0), // c2 false
  bytes(0), // c3 true
  counted(1, cost.object), // c4 bin 8
  counted(2, cost.object),
  counted(4, cost.object),
  extension(1), // c7 ext 8
  extension(2),
  extension(4),
  bytes(4), // ca float 32
  bytes(8),
  bytes(1), // cc uint 8
  bytes(2),
  bytes(4),
  bytes(8, cost.object),
  bytes(1), // d0 int 8
  bytes(2),
  bytes(4),
  bytes(8, cost.object),
  extension(0, 1), // d4 fixext 1
  extension(0, 2),
  extension(0, 4),
  extension(0, 8),
  extension(0, 16),
  counted(1, cost.text), // d9 str 8
  counted(2, cost.text),
  counted(4, cost.text),
  items(2, 1), // dc array 16
  items(4, 1),
  items(2, 2), // de map 16
  items(4, 2),
];
const NOTHING = bytes(0);
const STRINGS = Array.from({ length: 32 }, (_, size) => bytes(size, cost.text));
const LISTS = Array.from({ length: 16 }, (_, size) => items(0, 1, size));
const MAPS = Array.from({ length: 16 }, (_, size) => items(0, 2, size));

function shapeOf(head: number): Shape {
  if (head < 0x80 || head >= 0xe0) return NOTHING;
  if (head < 0x90) return MAPS[head & 0x0f] as Shape;
  if (head < 0xa0) return LISTS[head & 0x0f] as Shape;
  if (head < 0xc0) return STRINGS[head & 0x1f] as Shape;
  const shape = SHAPES[head - 0xc0];
  if (shape === undefined) throw invalid('the top', 'the byte c1 does not begin a value');
  return shape;
}

function isText(head: number): boolean {
  return (head >= 0xa0 && head < 0xc0) || (head >= 0xd9 && head < 0xdc);
}

/** The library would silently replace bytes that are not UTF-8. */
function isValidText(frame: Buffer, from: number, to: number): boolean {
  if (to - from <= SHORT) {
    let at = from;
    while (at < to && (frame[at] as number) < 0x80) at++;
    if (at === to) return true;
  }
  return isUtf8(frame.subarray(from, to));
}

const TIMESTAMP = 0xff;
/** Largest number of seconds before or after 1970 that a Date can represent. */
const MOST_SECONDS = 8_640_000_000_000n;

/**
 * Refuses extensions other than timestamps, which programs do not expect, and timestamps of a wrong size or range, which
 * would become invalid dates.
 *
 *     size 4   seconds: uint 32
 *     size 8   nanoseconds: uint 30, seconds: uint 34
 *     size 12  nanoseconds: uint 32, seconds: int 64
 */
function checkExtension(frame: Buffer, start: number, from: number, size: number): void {
  const type = frame[from - 1] as number;
  const place = `byte ${start} of the message`;
  if (type !== TIMESTAMP) throw invalid(place, `the extension type ${(type << 24) >> 24} is not known`);
  const isLong = size === 12;
  if (size !== 4 && size !== 8 && !isLong) throw invalid(place, `a timestamp cannot have ${size} bytes`);
  if (size === 4) return;
  const first = frame.readUInt32BE(from);
  const nanoseconds = isLong ? first : first >>> 2;
  const seconds = isLong ? frame.readBigInt64BE(from + 4) : 0n;
  if (nanoseconds >= 1e9)
    throw invalid(place, `a timestamp has ${nanoseconds} nanoseconds, more than a second`);
  const isLast = seconds === MOST_SECONDS && nanoseconds === 0;
  if ((seconds >= MOST_SECONDS && !isLast) || seconds < -MOST_SECONDS)
    throw invalid(place, `a timestamp of ${seconds} seconds is outside the range of dates`);
}

function cut(frame: Buffer): Error {
  return invalid('the top', `not MessagePack: its ${frame.length} bytes end in the middle of a value`);
}
