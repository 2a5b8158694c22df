import { type FairleadError, nearest, parseOptions } from '@fairlead/core';
import iconv from 'iconv-lite';
import { z } from 'zod';
import { tcpErrors } from '../catalogue.ts';
import { AutoStream } from './auto-stream.ts';
import { ebcdicTables } from './ebcdic.ts';
import { multiByteSchemes } from './multi-byte.ts';
import { allKeys, allNames, keyOf, plainName, writtenName } from './names.ts';
import { loneSurrogate, REPLACEMENT, type Scheme } from './scheme.ts';
import { SingleByte } from './single-byte.ts';
import { SchemeStream, type TextStream } from './stream.ts';
import { type Utf7Key, Utf7Stream, utf7Bytes } from './utf7.ts';
import { utf8 } from './utf8.ts';
import { Utf16, Utf32 } from './wide.ts';

/** `strict`: an error. `replace`: U+FFFD when receiving, `?` (or U+FFFD, where the encoding has it) when sending. */
export type OnInvalid = 'strict' | 'replace';

export interface CodePageOptions {
  /** How to treat invalid bytes, and characters that the encoding does not have. Default `strict`. */
  readonly onInvalid?: OnInvalid;
}

/** A text encoding. It has no state: one can be shared. */
export interface CodePage {
  /** The canonical name, whichever alias was used: `windows-1252`, `shift_jis`, `cp037`. */
  readonly name: string;
  readonly onInvalid: OnInvalid;
  /** The bytes of a text, without a byte order mark. Strict: throws `TEXT_NOT_ENCODABLE` with `character` and `offset`. */
  encode(text: string): Buffer;
  /** Decodes a complete text. Strict: throws `TEXT_INVALID` with `offset` and `bytes` (in hex). */
  decode(bytes: Uint8Array): string;
  /** A decoder for bytes that arrive in pieces. Each stream needs its own. */
  decoder(): TextStream;
  /** Whether the encoding has every character of the text. */
  encodable(text: string): boolean;
}

const schema = z.strictObject({ onInvalid: z.enum(['strict', 'replace']).default('strict') });

/**
 * An encoding by its name, in any usual spelling: `Windows-1252`, `cp1252`, `win1252`, `1252`; `GBK`, `Shift_JIS`,
 * `UTF-16LE`, `cp037`. Throws `CODE_PAGE_UNKNOWN` with the nearest known name, or `OPTION_INVALID`.
 *
 * A byte order mark at the start of the input is removed in UTF-8, UTF-16 and UTF-32; none is written. In `UTF-16` and
 * `UTF-32` without a byte order in the name, the mark decides; without a mark, the input is little-endian. Output is
 * little-endian.
 */
export function codePage(name: string, options: CodePageOptions = {}): CodePage {
  const { onInvalid } = parseOptions(schema, options, 'codePage()');
  const key = keyOf(name);
  if (key === undefined) throw unknown(name);
  return new Page(writtenName(key), onInvalid, familyOf(key));
}

/** The canonical names of all encodings. */
export function codePageNames(): string[] {
  return allKeys().map(writtenName);
}

interface Family {
  encode(text: string): Buffer | number;
  replace(text: string): Buffer;
  stream(name: string, strict: boolean): TextStream;
}

class Page implements CodePage {
  readonly name: string;
  readonly onInvalid: OnInvalid;
  readonly #family: Family;

  constructor(name: string, onInvalid: OnInvalid, family: Family) {
    this.name = name;
    this.onInvalid = onInvalid;
    this.#family = family;
  }

  encode(text: string): Buffer {
    if (this.onInvalid === 'replace') return this.#family.replace(text);
    const bytes = this.#family.encode(text);
    if (typeof bytes !== 'number') return bytes;
    const code = text.codePointAt(bytes) as number;
    throw tcpErrors.error('TEXT_NOT_ENCODABLE', {
      character: String.fromCodePoint(code).toWellFormed(),
      code: code.toString(16).toUpperCase().padStart(4, '0'),
      offset: bytes,
      encoding: this.name,
    });
  }

  decode(bytes: Uint8Array): string {
    const stream = this.decoder();
    return stream.write(bytes) + stream.end();
  }

  decoder(): TextStream {
    return this.#family.stream(this.name, this.onInvalid === 'strict');
  }

  encodable(text: string): boolean {
    return typeof this.#family.encode(text) !== 'number';
  }
}

function familyOf(key: string): Family {
  switch (key) {
    case 'utf8':
      return ofScheme(utf8);
    case 'utf16le':
      return ofScheme(new Utf16('little'));
    case 'utf16be':
      return ofScheme(new Utf16('big'));
    case 'utf32le':
      return ofScheme(new Utf32('little'));
    case 'utf32be':
      return ofScheme(new Utf32('big'));
    case 'utf16':
      return marked(new Utf16('little'), new Utf16('big'), 2);
    case 'utf32':
      return marked(new Utf32('little'), new Utf32('big'), 4);
    case 'utf7':
    case 'utf7imap':
      return utf7(key);
    default: {
      const multiByte = multiByteSchemes[key];
      if (multiByte !== undefined) return ofScheme(multiByte());
      return ofScheme(new SingleByte(ebcdicTables[key]?.() ?? tableOf(key)));
    }
  }
}

function ofScheme(scheme: Scheme): Family {
  return {
    encode: (text) => scheme.encode(text),
    replace: (text) => scheme.replace(text),
    stream: (name, strict) => new SchemeStream(scheme, name, strict),
  };
}

/** The byte order mark at the start of a stream selects one of two schemes. */
function marked(little: Scheme, big: Scheme, unit: 2 | 4): Family {
  return {
    ...ofScheme(little),
    // Decoded again, the first two bytes of this text would be the mark of the other byte order.
    encode: (text) => (unit === 2 && text.startsWith('\ufffe') ? 0 : little.encode(text)),
    stream: (name, strict) =>
      new AutoStream(unit, (isBig) => new SchemeStream(isBig ? big : little, name, strict)),
  };
}

function utf7(key: Utf7Key): Family {
  const replace = (text: string): Buffer => utf7Bytes(text.toWellFormed(), key);
  return {
    replace,
    stream: (name, strict) => new Utf7Stream(key, name, strict),
    encode(text) {
      const lone = loneSurrogate(text);
      return lone < 0 ? replace(text) : lone;
    },
  };
}

/** The table of a single-byte encoding in iconv-lite. */
function tableOf(key: string): string {
  const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
  const table = iconv.decode(all, key, { stripBOM: false });
  if (table.length !== 256 || !table.includes('?')) throw new Error(`${key} is no single-byte encoding`);
  return table;
}

function unknown(name: string): FairleadError {
  const near = nearest(plainName(name), allNames());
  const key = near === undefined ? undefined : keyOf(near);
  const hint = key === undefined ? '' : ` Did you mean "${writtenName(key)}"?`;
  return tcpErrors.error('CODE_PAGE_UNKNOWN', { name: name.replaceAll(REPLACEMENT, '?').slice(0, 60), hint });
}
