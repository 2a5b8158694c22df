/** The identity of a device in the bytes of a frame, in whatever form it stands there, replaced by another one. */

/** One way to write an identity down; undefined where the text cannot be written so. */
type Form = (text: string) => Buffer | undefined;

const isDigits = (text: string): boolean => /^\d+$/.test(text);
const evenHex = (text: string): Buffer | undefined =>
  /^(?:[0-9a-f]{2})+$/i.test(text) ? Buffer.from(text, 'hex') : undefined;
const reversed = (bytes: Buffer | undefined): Buffer | undefined =>
  bytes === undefined ? undefined : Buffer.from(bytes).reverse();

/** Binary coded decimal, two digits a byte: with a zero before an odd number of digits, or `pad` after them. */
const bcd =
  (pad: '' | '0' | 'f'): Form =>
  (text) => {
    if (!isDigits(text)) return undefined;
    if (text.length % 2 === 0) return pad === '' ? Buffer.from(text, 'hex') : undefined;
    return Buffer.from(pad === '' ? `0${text}` : `${text}${pad}`, 'hex');
  };

const integer =
  (size: 4 | 8): Form =>
  (text) => {
    if (!isDigits(text)) return undefined;
    const value = BigInt(text);
    // A small number is found anywhere.
    if (value < 2n ** BigInt(size * 4) || value >= 2n ** BigInt(size * 8)) return undefined;
    return Buffer.from(value.toString(16).padStart(size * 2, '0'), 'hex');
  };

/** Bytes of a number in binary or BCD, and characters of a field. Shorter ones are found anywhere. */
const SMALLEST = 3;
const SHORTEST = 4;

/** The longest forms first, so that a short one is not taken for a part of a long one. */
const TEXTS: readonly Form[] = [
  (text) => Buffer.from(text, 'latin1'),
  (text) => Buffer.from(text.toUpperCase(), 'latin1'),
  (text) => Buffer.from(text.toLowerCase(), 'latin1'),
];
const NUMBERS: readonly Form[] = [
  bcd(''),
  bcd('0'),
  bcd('f'),
  (text) => reversed(bcd('')(text)),
  evenHex,
  (text) => reversed(evenHex(text)),
  integer(8),
  (text) => reversed(integer(8)(text)),
  integer(4),
  (text) => reversed(integer(4)(text)),
];

/** Writes `to` in all places of `bytes` where `from` stands. Both are equally long. Returns the number of places. */
export function replaceIdentity(bytes: Buffer, from: string, to: string): number {
  for (const form of [...TEXTS, ...NUMBERS]) {
    const [old, fresh] = [form(from), form(to)];
    if (old === undefined || fresh?.length !== old.length) continue;
    if (old.length < SMALLEST && NUMBERS.includes(form)) continue;
    const places = replaceAll(bytes, old, fresh);
    if (places > 0) return places;
  }
  // An identity made of several fields: the field in which the two differ.
  const [fields, others] = [from, to].map((text) => text.split(/[^A-Za-z0-9]+/)) as [string[], string[]];
  const at = fields.findIndex((field, i) => field !== others[i]);
  const [field = '', other = ''] = [fields[at], others[at]];
  if (fields.length === 1 || field.length < SHORTEST) return 0;
  return replaceAll(bytes, Buffer.from(field, 'latin1'), Buffer.from(other, 'latin1'));
}

function replaceAll(bytes: Buffer, old: Buffer, fresh: Buffer): number {
  let places = 0;
  for (let at = bytes.indexOf(old); at >= 0; at = bytes.indexOf(old, at + old.length)) {
    fresh.copy(bytes, at);
    places++;
  }
  return places;
}

/** Most digits that count devices. */
const COUNTED = 6;

/**
 * An identity like `pattern` for the device with this number: its last digits count, or letters where it has none; the rest
 * stays. An IMEI keeps a right check digit. Undefined if there are not enough of them.
 */
export function identityLike(pattern: string, number: number): string | undefined {
  const imei = pattern.length === 15 && isDigits(pattern) && luhn(pattern.slice(0, 14)) === pattern[14];
  const text = imei ? pattern.slice(0, 14) : pattern;
  const found = /^(.*?)(\d+)(\D*)$/.exec(text) ?? /^(.*?)([A-Za-z]{4,})(.*)$/.exec(text);
  const [, head = '', digits = '', tail = ''] = found ?? [text];
  const counted = Math.min(COUNTED, digits.length);
  const count = String(number).padStart(counted, '0');
  if (count.length > counted) return undefined;
  const made = `${head}${digits.slice(0, digits.length - counted)}${count}${tail}`;
  return imei ? made + luhn(made) : made;
}

/** The check digit of ISO/IEC 7812-1, as IMEIs have it. */
function luhn(digits: string): string {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i]) * (i % 2 === 0 ? 2 : 1);
    sum += digit > 9 ? digit - 9 : digit;
  }
  return String((10 - (sum % 10)) % 10);
}
