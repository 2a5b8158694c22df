import iconv from 'iconv-lite';
import { ebcdicTables } from './ebcdic.ts';

/** Names beyond those of iconv-lite, and where it has no name for a family: Windows' numbers and IBM's. */
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

/** These turn bytes into digits, not into text. */
const NO_ENCODINGS = ['base64', 'hex'];

/** How names are written where leaving out what separates their parts reads badly. */
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

/** The name without case, year (`:1987`) and what separates its parts: `Windows-1252`, `windows_1252` and `WINDOWS 1252` are one. */
export function plainName(name: string): string {
  return name.toLowerCase().replaceAll(/:\d{4}$|[^0-9a-z]/g, '');
}

/** The key of an encoding: iconv-lite's own, or that of an EBCDIC page. Undefined where nobody knows it. */
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

/** Every name, for finding the one that was meant. */
export function allNames(): string[] {
  const theirs = Object.keys(definitions()).filter(
    (name) => !name.startsWith('_') && !NO_ENCODINGS.includes(name),
  );
  return [...theirs, ...Object.keys(OWN_ALIASES), ...Object.keys(ebcdicTables)];
}

/** The name as people write it: `windows-1252`. */
export function writtenName(key: string): string {
  const rule = WRITTEN.find(([pattern]) => pattern.test(key));
  return rule === undefined ? key : key.replace(rule[0], rule[1]);
}

/** iconv-lite's encodings and aliases; it loads them when it is first asked. */
function definitions(): Readonly<Record<string, unknown>> {
  iconv.encodingExists('utf8');
  return iconv.encodings as Readonly<Record<string, unknown>>;
}
