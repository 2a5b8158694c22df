/**
 * Words that other programs use for keys of a framing spec, by their letters alone. A word with the same meaning is not
 * always similar in spelling.
 */
const MEANINGS: Readonly<Record<string, readonly string[]>> = {
  adler: ['checksum'],
  bcc: ['checksum'],
  byteorder: ['endian'],
  check: ['checksum'],
  code: ['at'],
  crc: ['checksum'],
  delimiter: ['end'],
  drop: ['discard', 'onBadChecksum'],
  endianness: ['endian'],
  escapes: ['escape'],
  etx: ['end'],
  footer: ['endsWith', 'end'],
  head: ['match', 'start', 'bytes'],
  header: ['match', 'start', 'bytes'],
  idle: ['idleMs'],
  ignore: ['discard'],
  invert: ['not'],
  len: ['size'],
  length: ['size'],
  limit: ['max'],
  lrc: ['checksum'],
  magic: ['magic', 'match', 'start'],
  maxlength: ['max'],
  maxsize: ['max'],
  order: ['endian'],
  pattern: ['match', 'bytes'],
  prefix: ['match', 'start', 'bytes'],
  separator: ['end'],
  silence: ['idleMs'],
  skip: ['skip', 'discard', 'strip'],
  stx: ['start'],
  suffix: ['endsWith', 'end'],
  sum: ['checksum'],
  sync: ['resync', 'match', 'start'],
  terminator: ['end', 'endsWith'],
  timeout: ['idleMs', 'frameTimeout'],
  trailer: ['endsWith', 'end'],
  trim: ['strip'],
  xor: ['checksum', 'xor'],
};

/** The known keys that a word may mean. */
function meantKeys(word: string, known: readonly string[]): string[] {
  const letters = word.toLowerCase().replace(/[^a-z]/g, '');
  const meanings = Object.hasOwn(MEANINGS, letters) ? (MEANINGS[letters] as readonly string[]) : [];
  return meanings.filter((key) => known.includes(key));
}

/** A hint for an unknown key: the keys that it may mean; undefined if there is none. */
export function hintFor(word: string, known: readonly string[]): string | undefined {
  const keys = meantKeys(word, known).map((key) => `"${key}"`);
  return keys.length === 0 ? undefined : `Did you mean ${keys.join(' or ')}?`;
}
