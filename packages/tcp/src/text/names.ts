import iconv from 'iconv-lite';
import { ebcdicTables } from './ebcdic.ts';

/** Aliases that iconv-lite does not have, and families for which it has no name: the numbers of Windows and of IBM. */
const OWN_ALIASES: Readonly<Record<string, string>> = {
  utf16le: 'utf16le',
  ucs2: 'utf16le',
  ucs2le: 'utf16le',
  unicode: 'utf16le',
  binary: 'iso88591',
  ebcdiccpus: 'cp037',
  ebcdiccpca: 'cp037',
  ebcdiccpnl: 'cp037',
  ebcdiccpwt: 'cp037',
  ebcdiccpbe: 'cp500',
  ebcdiccpch: 'cp500',
  ebcdicus37euro: 'cp1140',
  37: 'cp037',
  '037': 'cp037',
  500: 'cp500',
  1140: 'cp1140',
  '01140': 'cp1140',
  1200: 'utf16le',
  1201: 'utf16be',
  12000: 'utf32le',
  12001: 'utf32be',
  20127: 'ascii',
  51932: 'eucjp',
  51949: 'cp949',
  54936: 'gb18030',
  65000: 'utf7',
  65001: 'utf8',
};

/** Not text encodings: they convert bytes to digits. */
const NO_ENCODINGS = ['base64', 'hex'];

/** Canonical names of those encodings whose parts need a separator. */
const WRITTEN: readonly (readonly [RegExp, string])[] = [
  [/^windows(\d+)$/, 'windows-$1'],
  [/^iso8859(\d+)$/, 'iso-8859-$1'],
  [/^iso646(\w+)$/, 'iso646-$1'],
  [/^utf(\d+)(imap)?(\w*)$/, 'utf-$1$2$3'],
  [/^koi8(\w+)$/, 'koi8-$1'],
  [/^shiftjis$/, 'shift_jis'],
  [/^eucjp$/, 'euc-jp'],
  [/^big5hkscs$/, 'big5-hkscs'],
  [/^cesu8$/, 'cesu-8'],
];

/**
 * The name in lower case, without year (`:1987`) and separators: `Windows-1252`, `windows_1252` and `WINDOWS 1252` are
 * the same.
 */
export function plainName(name: string): string {
  return name.toLowerCase().replaceAll(/:\d{4}$|[^0-9a-z]/g, '');
}

/** The key of an encoding: that of iconv-lite, or of an EBCDIC page. Undefined if the name is unknown. */
export function keyOf(name: string): string | undefined {
  const plain = plainName(name);
  const number = /^x?(?:cp|ibm|csibm|win|windows|ms|ccsid|codepage)?0*(\d+)$/.exec(plain)?.[1];
  for (const candidate of number === undefined ? [plain] : [plain, number, `cp${number}`]) {
    const key = lookUp(candidate);
    if (key !== undefined) return key;
  }
  return undefined;
}

function lookUp(plain: string): string | undefined {
  if (Object.hasOwn(OWN_ALIASES, plain)) return OWN_ALIASES[plain];
  if (Object.hasOwn(ebcdicTables, plain)) return plain;
  const known = definitions();
  let at: unknown = plain;
  while (typeof at === 'string') {
    const next: unknown = Object.hasOwn(known, at) ? known[at] : undefined;
    if (next === undefined || NO_ENCODINGS.includes(at)) return undefined;
    if (typeof next !== 'string') return OWN_ALIASES[at] ?? at;
    at = next;
  }
  return undefined;
}

/** The keys of all encodings. */
export function allKeys(): string[] {
  const keys = allNames().map((name) => keyOf(name) as string);
  return [...new Set(keys)].sort();
}

/** All names, for suggestions. */
export function allNames(): string[] {
  const theirs = Object.keys(definitions()).filter(
    (name) => !name.startsWith('_') && !NO_ENCODINGS.includes(name),
  );
  return [...theirs, ...Object.keys(OWN_ALIASES), ...Object.keys(ebcdicTables)];
}

/** The canonical name: `windows-1252`. */
export function writtenName(key: string): string {
  const rule = WRITTEN.find(([pattern]) => pattern.test(key));
  return rule === undefined ? key : key.replace(rule[0], rule[1]);
}

/** The encodings and aliases of iconv-lite, which loads them on first use. */
function definitions(): Readonly<Record<string, unknown>> {
  iconv.encodingExists('utf8');
  return iconv.encodings as Readonly<Record<string, unknown>>;
}
