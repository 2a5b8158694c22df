/**
 * Legacy encodings of text. Node decodes those of the Encoding Standard (encoding.spec.whatwg.org); what encodes them is made of the
 * decoder when it is first asked for. The encodings of the IBM PC are not in that standard.
 */

/** The upper half of code pages of the IBM PC. */
const IBM: Readonly<Record<string, string>> = {
  cp437:
    'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0',
  cp850:
    'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u00ad±‗¾¶§÷¸°¨·¹³²■\u00a0',
};

const LINE_FEED = 0x0a;
const REPLACEMENT = 0xfffd;

/** ISO 8859-1 is another encoding under its name in the Encoding Standard. */
const LATIN1 = ['latin1', 'iso88591', 'binary'];

/** A range of bytes at one place of a code. */
type Range = readonly [from: number, to: number];
/** The bytes of the codes of several bytes. Each decoder refuses those that are not its own. */
const TWO_BYTES: readonly Range[] = [
  [0x81, 0xfe],
  [0x31, 0xfe],
];
const EUC_JP_THREE_BYTES: readonly Range[] = [
  [0x8f, 0x8f],
  [0xa1, 0xfe],
  [0xa1, 0xfe],
];
/** GB18030: what is not among the two-byte codes. */
const FOUR_BYTES: readonly Range[] = [
  [0x81, 0x84],
  [0x30, 0x39],
  [0x81, 0xfe],
  [0x30, 0x39],
];
const MULTI_BYTE = ['gbk', 'gb18030', 'big5', 'shift_jis', 'euc-jp', 'euc-kr'];
/** Where U+10000 is among the four-byte codes of GB18030; from there on all characters follow in order. */
const SUPPLEMENTARY = 189_000;

/** For each UTF-16 unit its code, highest byte first; 0: it has none. */
type Codes = Uint32Array;
/** Made of the decoders when they are first needed, one for each encoding of the standard. */
const tables = new Map<string, Codes>();

/** Undefined for an unknown encoding. */
export function decodeText(bytes: Uint8Array, encoding: string): string | undefined {
  const name = plainName(encoding);
  if (LATIN1.includes(name)) return Buffer.from(bytes).toString('latin1');
  const page = Object.hasOwn(IBM, ibmName(name)) ? IBM[ibmName(name)] : undefined;
  if (page === undefined) return decoderOf(encoding)?.decode(bytes);
  let text = '';
  for (const byte of bytes) text += byte < 0x80 ? String.fromCharCode(byte) : page[byte - 0x80];
  return text;
}

/** Undefined for an unknown encoding, and for one that has several states, such as iso-2022-jp. */
export function encodeText(text: string, encoding: string): Uint8Array | undefined {
  const name = plainName(encoding);
  if (LATIN1.includes(name)) return encode(text, (unit) => (unit < 0x100 ? unit : 0), undefined);
  const ibm = ibmName(name);
  const standard = Object.hasOwn(IBM, ibm) ? ibm : decoderOf(encoding)?.encoding;
  if (standard === undefined || standard === 'iso-2022-jp') return undefined;
  if (standard === 'utf-8') return Buffer.from(text, 'utf8');
  if (standard === 'utf-16le') return Buffer.from(text, 'utf16le');
  if (standard === 'utf-16be') return Buffer.from(text, 'utf16le').swap16();
  const codes = table(standard, simpleCodes);
  if (standard !== 'gb18030') return encode(text, (unit) => codes[unit] as number, undefined);
  return encode(
    text,
    (unit) => codes[unit] || (table('gb18030 in four bytes', fourByteCodes)[unit] as number),
    supplementaryCode,
  );
}

function table(name: string, make: (name: string) => Codes): Codes {
  const known = tables.get(name);
  if (known !== undefined) return known;
  const codes = make(name);
  tables.set(name, codes);
  return codes;
}

/** @param beyond the code of a character beyond U+FFFF */
function encode(
  text: string,
  codeOf: (unit: number) => number,
  beyond: ((point: number) => number) | undefined,
): Uint8Array {
  const out = Buffer.allocUnsafe(4 * text.length);
  let at = 0;
  for (const character of text) {
    const point = character.codePointAt(0) as number;
    let code = point > 0xffff ? (beyond?.(point) ?? 0) : point < 0x80 ? point : codeOf(point);
    if (code === 0 && point !== 0) code = 0x3f;
    if (code > 0xffff) at = code > 0xffffff ? out.writeUInt32BE(code, at) : out.writeUIntBE(code, at, 3);
    else at = code > 0xff ? out.writeUInt16BE(code, at) : out.writeUInt8(code, at);
  }
  return out.subarray(0, at);
}

/** Bytes of 126, 10, 126 and 10 values, the last one counting fastest. */
function supplementaryCode(point: number): number {
  const number = SUPPLEMENTARY + point - 0x10000;
  const bytes = [
    0x81 + Math.floor(number / 12_600),
    0x30 + (Math.floor(number / 1_260) % 10),
    0x81 + (Math.floor(number / 10) % 126),
    0x30 + (number % 10),
  ];
  return Buffer.from(bytes).readUInt32BE(0);
}

function simpleCodes(standard: string): Codes {
  const codes = new Uint32Array(0x10000);
  // In GB18030 the only one is a second form.
  if (standard !== 'gb18030') {
    const single = IBM[standard] ?? decodeHighBytes(standard);
    for (let byte = 0x80; byte < 0x100; byte++) {
      const unit = single.charCodeAt(byte - 0x80);
      if (unit >= 0x80 && unit !== REPLACEMENT) codes[unit] = byte;
    }
  }
  if (MULTI_BYTE.includes(standard)) learn(codes, standard, TWO_BYTES);
  if (standard === 'euc-jp') learn(codes, standard, EUC_JP_THREE_BYTES);
  return codes;
}

function fourByteCodes(): Codes {
  const codes = new Uint32Array(0x10000);
  learn(codes, 'gb18030', FOUR_BYTES);
  return codes;
}

/** Decodes all codes of these bytes as one text, each with a line feed behind it, and keeps those of one character. */
function learn(codes: Codes, standard: string, ranges: readonly Range[]): void {
  const count = ranges.reduce((product, [from, to]) => product * (to - from + 1), 1);
  const size = ranges.length + 1;
  const bytes = new Uint8Array(count * size);
  const digits = ranges.map(([from]) => from);
  for (let at = 0; at < bytes.length; at += size) {
    for (let i = 0; i < digits.length; i++) bytes[at + i] = digits[i] as number;
    bytes[at + digits.length] = LINE_FEED;
    for (let i = digits.length - 1; i >= 0; i--) {
      const [from, to] = ranges[i] as Range;
      digits[i] = (digits[i] as number) + 1;
      if ((digits[i] as number) <= to) break;
      digits[i] = from;
    }
  }
  const text = new TextDecoder(standard).decode(bytes);
  for (let at = 0, place = 0; at < bytes.length; at += size) {
    // What is no code becomes several characters; one beyond U+FFFF has two units.
    if (text.charCodeAt(place + 1) !== LINE_FEED) {
      place = text.indexOf('\n', place) + 1;
      continue;
    }
    const unit = text.charCodeAt(place);
    place += 2;
    // The first code of a character is the one in use.
    if (unit < 0x80 || unit === REPLACEMENT || codes[unit] !== 0) continue;
    let code = 0;
    for (let i = 0; i < ranges.length; i++) code = code * 256 + (bytes[at + i] as number);
    codes[unit] = code;
  }
}

/** What each byte from 0x80 on is by itself. */
function decodeHighBytes(standard: string): string {
  const decoder = new TextDecoder(standard);
  let text = '';
  for (let byte = 0x80; byte < 0x100; byte++) text += decoder.decode(Uint8Array.of(byte))[0];
  return text;
}

function decoderOf(encoding: string): InstanceType<typeof TextDecoder> | undefined {
  for (const label of [encoding, standardName(encoding)]) {
    try {
      return new TextDecoder(label, { ignoreBOM: true });
    } catch {
      // Not a label of the standard.
    }
  }
  return undefined;
}

/** The label of the standard for other usual ways to write it: `windows1252`, `cp1251`, `iso8859-5`, `koi8r`, `utf16be`. */
function standardName(encoding: string): string {
  return plainName(encoding)
    .replace(/^(?:windows|win|cp)(125\d|874)$/, 'windows-$1')
    .replace(/^iso8859(\d+)$/, 'iso-8859-$1')
    .replace(/^koi8(\w)$/, 'koi8-$1')
    .replace(/^utf(8|16)(\w*)$/, 'utf-$1$2')
    .replace(/^(?:cp|ibm)866$/, 'ibm866')
    .replace(/^(?:cp936|gb2312)$/, 'gbk')
    .replace(/^(?:cp949)$/, 'euc-kr')
    .replace(/^(?:cp950)$/, 'big5')
    .replace(/^(?:cp932|shiftjis|sjis)$/, 'shift_jis');
}

function ibmName(name: string): string {
  return name.replace(/^(?:ibm|oem)?(\d+)$/, 'cp$1');
}

/** Without case and what separates its parts. */
function plainName(name: string): string {
  return name.toLowerCase().replaceAll(/[^0-9a-z]/g, '');
}
