import { type FairleadError, isFairleadError } from '@fairlead/core';
import type { ByteWindow, FrameDecoder } from '@fairlead/tcp';
import { indiErrors } from '../catalogue.ts';
import { indiLimits } from '../limits.ts';
import { RawElement } from './element.ts';
import { isBlobVector, LONGEST_TOP_LEVEL, TOP_LEVEL, TopLevelNames } from './tags.ts';
import { isNameEnd, isSpace } from './text.ts';

export interface SplitterOptions {
  /** Maximum size of an element that is not a BLOB vector, in bytes. Default 1 MiB. */
  readonly maxElement?: number;
  /** Maximum size of a BLOB vector on the wire, in bytes. Default 64 MiB. */
  readonly maxBlob?: number;
  /** Minimum size of a piece of a BLOB that is kept as it arrived instead of joined with the next. Default 32 KiB. */
  readonly setAside?: number;
  /**
   * Called instead of throwing. The splitter then continues at the next opening tag of an INDI element. For streams
   * that must not end, such as the stdin of a driver.
   */
  readonly resync?: (error: FairleadError) => void;
  /**
   * Whether an element that INDI does not define is an error (`ELEMENT_FOREIGN`). If not, a stray `<b>` takes
   * everything up to its closing tag.
   */
  readonly indiOnly?: boolean;
  /** Called with text between elements, which is dropped. It is a view, and may be one part of the text. */
  readonly stray?: (text: Buffer) => void;
}

const LT = 0x3c;
const GT = 0x3e;
const SLASH = 0x2f;
const QUESTION = 0x3f;
const BANG = 0x21;
const QUOTE = 0x22;
const APOSTROPHE = 0x27;
const COMMENT_END = Buffer.from('-->');
const CDATA_END = Buffer.from(']]>');
const INSTRUCTION_END = Buffer.from('?>');
/** Bytes that are compared one by one before the native search is used. */
const SHORT = 48;
const SET_ASIDE = 32_768;
/** Bytes that are searched in one step for the next tag; more than the longest such tag. */
const SEEK_AT_ONCE = 256;

/** What the next byte belongs to. */
const CONTENT = 0; // text in an element, or between elements
const OPENED = 1; // after "<"
const NAME = 2; // the name of an opening tag
const TAG = 3; // an opening tag after its name
const QUOTED = 4; // an attribute value
const CLOSING = 5; // after "</"
const BANGED = 6; // after "<!": a comment, CDATA, or markup that INDI does not have
const COMMENT = 7;
const CDATA = 8;
const INSTRUCTION = 9; // <?xml ...?>, which C++ drivers print before every element
const SEEKING = 10; // after an error, until an INDI element opens

/**
 * Finds where elements begin and end, in bytes, without parsing them: it follows tags, quotes, comments and CDATA.
 * Everything between elements (spaces, XML declarations, comments, stray output of a driver) is dropped.
 *
 *     <?xml version='1.0'?> <setNumberVector device="a > b"> <oneNumber/> </setNumberVector>
 *     dropped               |<-------------------- one element ------------------------->|
 *
 * Every byte is examined once, however the stream is split. If a BLOB is larger than a chunk, its chunks are kept and
 * not joined, because memory pages that are used for the first time cost more than everything else. An element is
 * refused as soon as it exceeds its limit (`ELEMENT_TOO_LARGE`), is nested too deep (`XML_TOO_DEEP`), or its tags do
 * not match (`XML_UNBALANCED`, `XML_SYNTAX`).
 */
export class ElementSplitter implements FrameDecoder<RawElement> {
  readonly #maxElement: number;
  readonly #maxBlob: number;
  readonly #setAsideFrom: number;
  readonly #resync: SplitterOptions['resync'];
  readonly #stray: SplitterOptions['stray'];
  readonly #topLevel: TopLevelNames | undefined;
  #mode = CONTENT;
  /** Number of bytes of the element that have been examined. All offsets count from its start. */
  #at = 0;
  #markup = 0;
  #quote = QUOTE;
  #limit: number;
  #isBlob = false;
  #noise = 0;
  #headLength = 0;
  /** Open elements: offsets of the start and the end of each name. */
  readonly #names: number[] = [];
  /** Pieces of a BLOB that have left the window, their size, and the names of elements that were opened in them. */
  #pieces: Buffer[] = [];
  aside = 0;
  #namesAside: Buffer[] = [];

  constructor(options: SplitterOptions = {}) {
    this.#maxElement = options.maxElement ?? indiLimits.values.element;
    this.#maxBlob = options.maxBlob ?? indiLimits.values.blobElement;
    this.#setAsideFrom = options.setAside ?? SET_ASIDE;
    this.#resync = options.resync;
    this.#stray = options.stray;
    this.#topLevel = options.indiOnly ? new TopLevelNames() : undefined;
    this.#limit = this.#maxElement;
  }

  decode(window: ByteWindow): RawElement | undefined {
    for (;;) {
      if (this.#mode === SEEKING && !this.#seek(window)) return window.short(LONGEST_TOP_LEVEL);
      try {
        return this.#scan(window);
      } catch (error) {
        if (this.#resync === undefined || !isFairleadError(error)) throw error;
        this.#restart();
        this.#mode = SEEKING;
        window.skip(1);
        this.#resync(error);
      }
    }
  }

  #scan(window: ByteWindow): RawElement | undefined {
    const { bytes } = window;
    // The start of the element, or where it would be if the whole element were in the window.
    let base = window.start - this.aside;
    let at = base + this.#at;
    for (;;) {
      const limit = base + this.#limit;
      const end = Math.min(window.end, limit);
      if (at >= end) {
        if (at >= limit) throw this.#tooLarge(bytes, base);
        this.#at = at - base;
        if (at - window.start >= this.#setAsideFrom && this.#mode === CONTENT) this.#setAside(window, base);
        return window.short(at - window.start + 1);
      }
      switch (this.#mode) {
        case CONTENT: {
          const from = at;
          at = find(bytes, LT, at, end);
          if (this.#names.length === 0) {
            this.#skipNoise(bytes, from, at);
            window.start = base = at;
          }
          if (at < end) {
            this.#mode = OPENED;
            this.#markup = at - base;
            at++;
          }
          break;
        }
        case OPENED: {
          const byte = bytes[at] as number;
          if (byte === SLASH) this.#mode = CLOSING;
          else if (byte === QUESTION) this.#mode = INSTRUCTION;
          else if (byte === BANG) this.#mode = BANGED;
          else if (isNameStart(byte)) this.#mode = NAME;
          else throw syntax('"<" is not followed by a name', bytes, at - 1, window.end);
          at++;
          break;
        }
        case NAME:
          while (at < end && !isNameEnd(bytes[at] as number)) at++;
          if (at < end) this.#opened(bytes, base, at);
          break;
        case TAG:
          at = this.#tag(bytes, base, at, end);
          if (this.#names.length === 0) return this.#take(window, at - base);
          break;
        case QUOTED:
          at = find(bytes, this.#quote, at, end);
          if (at < end) {
            this.#mode = TAG;
            at++;
          }
          break;
        case CLOSING:
          at = find(bytes, GT, at, end);
          if (at < end) {
            this.#closed(bytes, base, at, window.end);
            at++;
            if (this.#names.length === 0) return this.#take(window, at - base);
          }
          break;
        case BANGED:
          at = this.#banged(bytes, base, at, window.end);
          break;
        default: {
          at = this.#skipMarkup(bytes, base, at, end);
          if (this.#mode === CONTENT && this.#names.length === 0) window.start = base = at;
        }
      }
    }
  }

  /** The name of an opening tag is complete. */
  #opened(bytes: Buffer, base: number, at: number): void {
    const names = this.#names;
    const from = this.#markup + 1;
    if (names.length === 0) {
      if (this.#topLevel?.has(bytes, base + from, at) === false)
        throw indiErrors.error('ELEMENT_FOREIGN', {
          tag: bytes.toString('utf8', base + from, Math.min(at, base + from + 40)),
        });
      if (isBlobVector(bytes, base + from, at)) {
        this.#isBlob = true;
        this.#limit = this.#maxBlob;
      }
    }
    if (names.length >= indiLimits.values.depth * 2)
      throw indiErrors.error('XML_TOO_DEEP', { limit: indiLimits.values.depth });
    names.push(from, at - base);
    this.#mode = TAG;
  }

  /** In an opening tag: moves to its end or to the quote that begins a value. */
  #tag(bytes: Buffer, base: number, from: number, end: number): number {
    let at = from;
    for (; at < end; at++) {
      const byte = bytes[at] as number;
      if (byte === QUOTE || byte === APOSTROPHE) {
        this.#quote = byte;
        this.#mode = QUOTED;
        return at + 1;
      }
      if (byte === LT) throw syntax('a tag that does not end', bytes, base + this.#markup, at);
      if (byte !== GT) continue;
      if (this.#names.length === 2) this.#headLength = at + 1 - base;
      if (bytes[at - 1] === SLASH) this.#names.length -= 2;
      this.#mode = CONTENT;
      return at + 1;
    }
    return at;
  }

  /** A closing tag is complete: it must match the element that was opened last. */
  #closed(bytes: Buffer, base: number, at: number, end: number): void {
    const names = this.#names;
    const from = base + this.#markup + 2;
    let to = at;
    while (to > from && isSpace(bytes[to - 1] as number)) to--;
    const nameTo = base + (names.pop() ?? 0);
    const nameFrom = base + (names.pop() ?? 0);
    if (nameTo === base) throw syntax('a closing tag that nothing opened', bytes, from - 2, end);
    if (nameFrom < base + this.aside) this.#closedAside(bytes, from, to);
    else {
      let same = to - from === nameTo - nameFrom;
      for (let i = 0; same && from + i < to; i++) same = bytes[from + i] === bytes[nameFrom + i];
      if (!same) throw unbalanced(bytes.subarray(nameFrom, nameTo), bytes.subarray(from, to));
    }
    this.#mode = CONTENT;
  }

  /** The same for an element whose opening tag has left the window. */
  #closedAside(bytes: Buffer, from: number, to: number): void {
    const open = this.#namesAside.pop() as Buffer;
    const close = bytes.subarray(from, to);
    if (!open.equals(close)) throw unbalanced(open, close);
  }

  /** After "<!": decides as soon as enough bytes have arrived. */
  #banged(bytes: Buffer, base: number, at: number, end: number): number {
    const from = base + this.#markup;
    const found = bytes.toString('latin1', from, at + 1);
    if (found === '<!--') this.#mode = COMMENT;
    else if (found === '<![CDATA[' && this.#names.length > 0) this.#mode = CDATA;
    else if (!'<!--'.startsWith(found) && !'<![CDATA['.startsWith(found))
      throw syntax('a declaration, which INDI does not have', bytes, from, end);
    return at + 1;
  }

  /** Comments, CDATA and instructions: moves to their end. */
  #skipMarkup(bytes: Buffer, base: number, at: number, end: number): number {
    const [stop, opening] =
      this.#mode === COMMENT
        ? [COMMENT_END, 4]
        : this.#mode === CDATA
          ? [CDATA_END, 9]
          : [INSTRUCTION_END, 2];
    // The end may have begun in bytes that were examined before.
    const from = Math.max(base + this.#markup + opening, at - stop.length + 1);
    // Only in the bytes that have arrived: there may be much free room after them.
    const found = bytes.subarray(from, end).indexOf(stop);
    if (found < 0) return end;
    this.#mode = CONTENT;
    return from + found + stop.length;
  }

  #skipNoise(bytes: Buffer, from: number, to: number): void {
    let at = from;
    while (at < to && isSpace(bytes[at] as number)) at++;
    if (at === to) return;
    this.#stray?.(bytes.subarray(at, to));
    this.#noise += to - at;
    if (this.#noise > indiLimits.values.noise)
      throw indiErrors.error('XML_NO_ELEMENT', { limit: indiLimits.values.noise });
  }

  /** The whole window is the middle of a BLOB. */
  #setAside(window: ByteWindow, base: number): void {
    if (!this.#isBlob || this.#names.length === 0) return;
    const names = this.#names;
    for (let i = this.#namesAside.length; i * 2 < names.length; i++) {
      const name = window.bytes.subarray(
        base + (names[i * 2] as number),
        base + (names[i * 2 + 1] as number),
      );
      this.#namesAside.push(Buffer.from(name));
    }
    this.aside += window.length;
    this.#pieces.push(window.take(window.length));
  }

  #take(window: ByteWindow, length: number): RawElement {
    const last = window.take(length - this.aside);
    const pieces = this.#pieces;
    const first = pieces[0] ?? last;
    const headLength = this.#headLength;
    this.#restart();
    let nameEnd = 1;
    while (!isNameEnd(first[nameEnd] as number)) nameEnd++;
    const bytes = first === last ? last : [...pieces, last];
    return new RawElement(bytes, first.toString('utf8', 1, nameEnd), headLength);
  }

  #restart(): void {
    this.#mode = CONTENT;
    this.#at = this.#noise = 0;
    this.#limit = this.#maxElement;
    this.#isBlob = false;
    this.#names.length = 0;
    if (this.aside === 0) return;
    this.#pieces = [];
    this.#namesAside = [];
    this.aside = 0;
  }

  /** Drops bytes until an INDI element opens; false: more bytes are needed. */
  #seek(window: ByteWindow): boolean {
    for (;;) {
      // One piece at a time: the tag may be near, and the bytes after it may be searched again after the next error.
      const to = Math.min(window.end, window.start + SEEK_AT_ONCE);
      const text = window.bytes.toString('latin1', window.start, to);
      const found = text.search(TOP_LEVEL);
      if (found >= 0) {
        window.skip(found);
        this.#mode = CONTENT;
        return true;
      }
      // The last bytes may be the start of such a tag.
      const keep = text.lastIndexOf('<');
      window.skip(keep >= 0 && text.length - keep < LONGEST_TOP_LEVEL ? keep : text.length);
      if (to === window.end) return false;
    }
  }

  #tooLarge(bytes: Buffer, base: number): FairleadError {
    const [from, to] = this.#names;
    const [aside] = this.#namesAside;
    const tag =
      aside !== undefined
        ? aside.toString('utf8', 0, 40)
        : from === undefined
          ? '?'
          : bytes.toString('utf8', base + from, base + Math.min(to as number, from + 40));
    return indiErrors.error('ELEMENT_TOO_LARGE', { tag, limit: this.#limit });
  }
}

/** Offset of `byte` at or after `from`, else `end`. */
function find(bytes: Buffer, byte: number, from: number, end: number): number {
  const soon = Math.min(from + SHORT, end);
  for (let at = from; at < soon; at++) if (bytes[at] === byte) return at;
  if (soon === end) return end;
  const found = (bytes as BoundedSearch).indexOf(byte, soon, end);
  return found < 0 || found > end ? end : found;
}

/** Node 26 has the bound; its type declarations do not yet. A Node that ignores `end` is only slower. */
interface BoundedSearch {
  indexOf(value: number, from: number, end: number): number;
}

function isNameStart(byte: number): boolean {
  return (byte >= 0x61 && byte <= 0x7a) || (byte >= 0x41 && byte <= 0x5a) || byte === 0x5f || byte >= 0x80;
}

function unbalanced(open: Buffer, close: Buffer): FairleadError {
  return indiErrors.error('XML_UNBALANCED', {
    open: open.toString('utf8', 0, 40),
    close: close.toString('utf8', 0, 40),
  });
}

function syntax(reason: string, bytes: Buffer, from: number, end: number): FairleadError {
  return indiErrors.error('XML_SYNTAX', {
    reason,
    found: bytes.toString('utf8', from, Math.min(end, from + 40)),
  });
}
