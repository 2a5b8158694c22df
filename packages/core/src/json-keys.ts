/**
 * JSON objects by their bytes: whether bytes are one, and which keys it has. No text and no object is created, so that this costs
 * a fifth of `JSON.parse`.
 *
 *     {"temperature":36.5,"humidity":52}  ->  "temperature" "humidity"
 *     {"temperature":36.7,"humidity":51}  ->  the same JsonKeys object
 *
 * It knows the grammar of RFC 8259. `JSON.parse` has the last word on everything else: text that is not JSON, and text that is
 * nested deeper than {@link MOST_LEVELS}.
 */

const QUOTE = 0x22;
const PLUS = 0x2b;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const SPACE = 0x20;
const LOWER_E = 0x65;
/** Turns an upper-case letter into the lower-case one. */
const LOWER = 0x20;

/** One bit of a number for each level. */
const MOST_LEVELS = 30;
/** Sets of keys that are remembered, keys of a set, and their bytes: so much memory a device has at most. */
const MOST_SETS = 8;
const MOST_KEYS = 64;
const MOST_BYTES = 1_024;

/** The keys of an object as they are written, in their order. Objects with the same `JsonKeys` have the same keys. */
export class JsonKeys {
  /** The keys with their quotation marks, one after another. */
  readonly bytes: Uint8Array;
  /** Where each ends. */
  readonly ends: readonly number[];

  constructor(bytes: Uint8Array, ends: readonly number[]) {
    this.bytes = bytes;
    this.ends = ends;
  }
}

/** The sets of keys that the messages of one device have: usually one or a few. */
export class JsonKeySets {
  /** The one used last comes first. */
  readonly #sets: JsonKeys[] = [];
  /** Those of the bytes that {@link isObject} was asked about last; undefined: they are none, or too many to be remembered. */
  keys: JsonKeys | undefined;

  /**
   * Whether the bytes are a JSON object in UTF-8 (which is not checked within strings). false: they may be one all the same, and
   * `JSON.parse` must decide. Its time is proportional to the length.
   */
  isObject(bytes: Uint8Array): boolean {
    const expected = this.#sets[0];
    this.keys = undefined;
    if (expected !== undefined) {
      const found = scan(bytes, expected, undefined);
      if (found === OBJECT) this.keys = expected;
      if (found !== OTHER_KEYS) return found === OBJECT;
    }
    const places: number[] = [];
    if (scan(bytes, undefined, places) !== OBJECT) return false;
    this.keys = this.#setAt(bytes, places);
    return true;
  }

  /** @param places where each key begins and ends */
  #setAt(bytes: Uint8Array, places: readonly number[]): JsonKeys | undefined {
    const ends: number[] = [];
    let size = 0;
    for (let i = 0; i < places.length; i += 2) {
      size += (places[i + 1] as number) - (places[i] as number);
      ends.push(size);
    }
    if (ends.length > MOST_KEYS || size > MOST_BYTES) return undefined;
    const known = this.#sets.findIndex((set) => haveKeys(set, bytes, places));
    const set =
      known >= 0 ? (this.#sets[known] as JsonKeys) : new JsonKeys(copyOf(bytes, places, size), ends);
    if (known >= 0) this.#sets.splice(known, 1);
    else if (this.#sets.length === MOST_SETS) this.#sets.pop();
    this.#sets.unshift(set);
    return set;
  }
}

function haveKeys(set: JsonKeys, bytes: Uint8Array, places: readonly number[]): boolean {
  if (set.ends.length * 2 !== places.length) return false;
  let at = 0;
  for (const [i, end] of set.ends.entries()) {
    let from = places[2 * i] as number;
    if ((places[2 * i + 1] as number) - from !== end - at) return false;
    while (at < end) if (bytes[from++] !== set.bytes[at++]) return false;
  }
  return true;
}

function copyOf(bytes: Uint8Array, places: readonly number[], size: number): Uint8Array {
  const copy = new Uint8Array(size);
  let to = 0;
  for (let i = 0; i < places.length; i += 2)
    for (let at = places[i] as number; at < (places[i + 1] as number); at++) copy[to++] = bytes[at] as number;
  return copy;
}

const UNDECIDED = 0;
const OBJECT = 1;
const OTHER_KEYS = 2;

/**
 * @param expected stops with `OTHER_KEYS` where the keys are others
 * @param places gets the begin and the end of each key of the outermost object
 */
function scan(bytes: Uint8Array, expected: JsonKeys | undefined, places: number[] | undefined): number {
  // Every object ends with a bracket. So a number or a word always meets a byte that ends it, and only strings look for the end.
  let last = bytes.length - 1;
  while (last > 0 && isSpace(bytes[last] as number)) last--;
  if (last < 1 || bytes[last] !== CLOSE_OBJECT) return UNDECIDED;
  let at = 0;
  while (isSpace(bytes[at] as number)) at++;
  if (bytes[at++] !== OPEN_OBJECT) return UNDECIDED;
  let level = 0;
  /** A bit for each level, the innermost the lowest: 1 is an object. */
  let levels = 1;
  let keys = 0;
  let keysAt = 0;
  /** A bracket was opened, so that it may be closed without a member. */
  let opened = true;
  for (;;) {
    while (isSpace(bytes[at] as number)) at++;
    let byte = bytes[at] as number;
    const isEmpty = opened && byte === ((levels & 1) === 1 ? CLOSE_OBJECT : CLOSE_LIST);
    if (!isEmpty) {
      if ((levels & 1) === 1) {
        if (byte !== QUOTE) return UNDECIDED;
        if (level > 0) at = endOfString(bytes, at + 1, last);
        else if (expected !== undefined) {
          if (keys === expected.ends.length) return OTHER_KEYS;
          const keysEnd = expected.ends[keys++] as number;
          if (at + keysEnd - keysAt > last) return OTHER_KEYS;
          while (keysAt < keysEnd) if (bytes[at++] !== expected.bytes[keysAt++]) return OTHER_KEYS;
        } else {
          const from = at;
          at = endOfString(bytes, at + 1, last);
          if (places !== undefined && places.length <= 2 * MOST_KEYS) places.push(from, at);
        }
        if (at < 0) return UNDECIDED;
        while (isSpace(bytes[at] as number)) at++;
        if (bytes[at++] !== COLON) return UNDECIDED;
        while (isSpace(bytes[at] as number)) at++;
        byte = bytes[at] as number;
      }
      if (byte === QUOTE) at = endOfString(bytes, at + 1, last);
      else if (byte === MINUS || (byte >= ZERO && byte <= NINE)) at = endOfNumber(bytes, at);
      else if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
        if (++level > MOST_LEVELS) return UNDECIDED;
        levels = (levels << 1) | (byte === OPEN_OBJECT ? 1 : 0);
        opened = true;
        at++;
        if (at > last) return UNDECIDED;
        continue;
      } else at = endOfWord(bytes, at, last);
      if (at < 0 || at > last) return UNDECIDED;
    }
    // After a value: the next member, or the ends of all that end here.
    for (;;) {
      while (isSpace(bytes[at] as number)) at++;
      byte = bytes[at++] as number;
      if (byte === COMMA) break;
      if (byte !== ((levels & 1) === 1 ? CLOSE_OBJECT : CLOSE_LIST)) return UNDECIDED;
      if (level === 0) {
        if (at !== last + 1) return UNDECIDED;
        return expected !== undefined && keys !== expected.ends.length ? OTHER_KEYS : OBJECT;
      }
      level--;
      levels >>= 1;
      if (at > last) return UNDECIDED;
    }
    opened = false;
  }
}

function isSpace(byte: number): boolean {
  return byte <= SPACE && (byte === SPACE || byte === 0x0a || byte === 0x0d || byte === 0x09);
}

/** @param at behind the first quotation mark. Returns the place behind the last one; -1: there is none. */
function endOfString(bytes: Uint8Array, at: number, last: number): number {
  let to = at;
  while (to < last) {
    const byte = bytes[to++] as number;
    if (byte === QUOTE) return to;
    if (byte === BACKSLASH) {
      const escaped = bytes[to++] as number;
      if (escaped === 0x75) {
        if (to + 4 > last) return -1;
        for (const end = to + 4; to < end; to++) if (!isHex(bytes[to] as number)) return -1;
      } else if (!isEscape(escaped)) return -1;
    } else if (byte < SPACE) return -1;
  }
  return -1;
}

/** One of " \ / b f n r t. */
function isEscape(byte: number): boolean {
  return (
    byte === QUOTE ||
    byte === BACKSLASH ||
    byte === 0x2f ||
    byte === 0x62 ||
    byte === 0x66 ||
    byte === 0x6e ||
    byte === 0x72 ||
    byte === 0x74
  );
}

function isHex(byte: number): boolean {
  const letter = byte | LOWER;
  return isDigit(byte) || (letter >= 0x61 && letter <= 0x66);
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= NINE;
}

/** Returns the place behind the number; -1: it is none. */
function endOfNumber(bytes: Uint8Array, at: number): number {
  let to = bytes[at] === MINUS ? at + 1 : at;
  const first = bytes[to++] as number;
  if (!isDigit(first)) return -1;
  if (first !== ZERO) while (isDigit(bytes[to] as number)) to++;
  if (bytes[to] === POINT) {
    if (!isDigit(bytes[++to] as number)) return -1;
    while (isDigit(bytes[to] as number)) to++;
  }
  if (((bytes[to] as number) | LOWER) === LOWER_E) {
    to++;
    if (bytes[to] === PLUS || bytes[to] === MINUS) to++;
    if (!isDigit(bytes[to] as number)) return -1;
    while (isDigit(bytes[to] as number)) to++;
  }
  return to;
}

/** true, false, null. Returns the place behind the word; -1: it is none of them. */
function endOfWord(bytes: Uint8Array, at: number, last: number): number {
  if (at + 4 > last) return -1;
  const [first, second, third, fourth] = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
  if (first === 0x74 && second === 0x72 && third === 0x75 && fourth === LOWER_E) return at + 4;
  if (first === 0x6e && second === 0x75 && third === 0x6c && fourth === 0x6c) return at + 4;
  const isFalse = first === 0x66 && second === 0x61 && third === 0x6c && fourth === 0x73;
  return isFalse && bytes[at + 4] === LOWER_E ? at + 5 : -1;
}
