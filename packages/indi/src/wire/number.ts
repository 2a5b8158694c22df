/**
 * INDI numbers. On the wire they are written as `%.20g`; the printf format of a number only says how to display it.
 * INDI adds one conversion, for hours and degrees, `%<width>.<fraction>m`:
 *
 *     fraction  9          8         6        5      anything else
 *     shows     d:mm:ss.ss d:mm:ss.s d:mm:ss  d:mm.m d:mm
 *
 * The degrees take `width - fraction` columns.
 */

// No character may match two adjacent repetitions: backtracking would take quadratic time.
const FORMAT = /%([-+ #0']*)([1-9]\d*)?(?:\.(\d*))?(?:hh|h|ll|l|L|q|j|z|t)?([a-zA-Z%])/g;
const WIDEST = 100;
/** Units per degree, by fraction. */
const PARTS: Readonly<Record<number, number>> = { 9: 360_000, 8: 36_000, 6: 3_600, 5: 600 };
const PLAIN = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const PIECE = String.raw`(\d+(?:\.\d*)?|\.\d+)`;
const SEXAGESIMAL = new RegExp(
  String.raw`^([+-]?)\s*${PIECE}(?:[^\d.]{1,3}${PIECE})?(?:[^\d.]{1,3}${PIECE})?[hmsd:°'"′″\s]*$`,
);
const SPECIAL: Readonly<Record<string, number>> = {
  nan: Number.NaN,
  inf: Number.POSITIVE_INFINITY,
  infinity: Number.POSITIVE_INFINITY,
};

/** A number as it is sent: the output of `%.20g` in C, which loses no precision of a double. */
export function wireNumber(value: number): string {
  // A shorter text would give the same double, but peers may compare texts.
  return Number.isInteger(value) && Math.abs(value) < 1e15 && !Object.is(value, -0)
    ? String(value)
    : general(value, 20, false);
}

/**
 * Parses a number as clients and drivers write it: decimal, or hours or degrees, minutes and seconds, separated by any
 * characters that are not digits (`-0:30`, `12 34 56.7`, `45*30'15`). undefined: it is not a number.
 */
export function parseNumber(text: string): number | undefined {
  const trimmed = text.trim();
  if (PLAIN.test(trimmed)) return Number(trimmed);
  const sexagesimal = SEXAGESIMAL.exec(trimmed);
  if (sexagesimal !== null) {
    const [, sign, whole = '0', minutes = '0', seconds = '0'] = sexagesimal;
    const value = Number(whole) + Number(minutes) / 60 + Number(seconds) / 3_600;
    return sign === '-' ? -value : value;
  }
  const special = SPECIAL[trimmed.replace(/^[+-]/, '').toLowerCase()];
  return special === undefined ? undefined : trimmed.startsWith('-') ? -special : special;
}

/**
 * Formats `value` with a printf format of INDI, such as `%8.3f`, `%g` or `%010.6m`. An invalid format is replaced by
 * `%g`.
 */
export function formatNumber(format: string, value: number): string {
  // `%%` is a literal percent sign, not a conversion.
  const match = format.matchAll(FORMAT).find(([, , , , conversion]) => conversion !== '%');
  if (match === undefined) return general(value, 6, false);
  const [whole, flags = '', widthText, precisionText, conversion = ''] = match;
  const width = Math.min(Number(widthText ?? 0), WIDEST);
  const precision = precisionText === undefined ? undefined : Math.min(Number(precisionText), WIDEST);
  const before = format.slice(0, match.index).replaceAll('%%', '%');
  const after = format.slice(match.index + whole.length).replaceAll('%%', '%');
  const shown =
    conversion === 'm' && Number.isFinite(value)
      ? formatSexagesimal(value, width - (precision ?? 0), precision ?? 0)
      : pad(flags, width, signed(flags, value, convert(conversion, value, precision, flags.includes('#'))));
  return before + shown + after;
}

/**
 * Formats hours or degrees.
 * @param width columns of the degrees, sign included
 * @param fraction 9, 8, 6, 5 or another number; see above
 */
export function formatSexagesimal(value: number, width: number, fraction: number): string {
  const parts = PARTS[fraction] ?? 60;
  const total = Math.floor(Math.abs(value) * parts + 0.5);
  const degrees = Math.floor(total / parts);
  const rest = total - degrees * parts;
  const sign = value < 0 ? '-' : '';
  const head = `${sign}${degrees}`.padStart(Math.max(0, width));
  const two = (n: number): string => String(Math.floor(n)).padStart(2, '0');
  if (parts === 60) return `${head}:${two(rest)}`;
  if (parts === 600) return `${head}:${two(rest / 10)}.${rest % 10}`;
  const second = parts / 3_600;
  const shown = `${head}:${two(rest / (60 * second))}:${two((rest / second) % 60)}`;
  if (second === 1) return shown;
  return `${shown}.${String(rest % second).padStart(second === 10 ? 1 : 2, '0')}`;
}

/** The digits of one conversion, without sign and padding. */
function convert(
  conversion: string,
  value: number,
  precision: number | undefined,
  alternate: boolean,
): string {
  const size = Math.abs(value);
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'nan' : 'inf';
  switch (conversion) {
    case 'd':
    case 'i':
    case 'u':
      return String(Math.trunc(size)).padStart(precision ?? 0, '0');
    case 'x':
      return Math.trunc(size)
        .toString(16)
        .padStart(precision ?? 0, '0');
    case 'X':
      return Math.trunc(size)
        .toString(16)
        .toUpperCase()
        .padStart(precision ?? 0, '0');
    case 'o':
      return Math.trunc(size)
        .toString(8)
        .padStart(precision ?? 0, '0');
    case 'f':
    case 'F':
      return fixed(size, precision ?? 6);
    case 'e':
      return exponential(size, precision ?? 6);
    case 'E':
      return exponential(size, precision ?? 6).toUpperCase();
    case 'G':
      return general(size, precision ?? 6, alternate).toUpperCase();
    default:
      return general(size, precision ?? 6, alternate);
  }
}

function signed(flags: string, value: number, digits: string): string {
  if (value < 0 || Object.is(value, -0)) return `-${digits}`;
  if (flags.includes('+')) return `+${digits}`;
  return flags.includes(' ') ? ` ${digits}` : digits;
}

function pad(flags: string, width: number, text: string): string {
  if (text.length >= width) return text;
  if (flags.includes('-')) return text.padEnd(width);
  if (!flags.includes('0') || !/\d/.test(text)) return text.padStart(width);
  const sign = /^[-+ ]/.test(text) ? text.slice(0, 1) : '';
  return sign + text.slice(sign.length).padStart(width - sign.length, '0');
}

/** `%f`. From 1e21 on, `toFixed` uses exponential notation. */
function fixed(size: number, precision: number): string {
  if (size < 1e21) return size.toFixed(precision);
  return BigInt(size).toString() + (precision === 0 ? '' : `.${'0'.repeat(precision)}`);
}

/** `%e`: the exponent has at least two digits. */
function exponential(size: number, precision: number): string {
  const [digits, exponent] = size.toExponential(precision).split('e') as [string, string];
  return `${digits}e${exponent[0]}${exponent.slice(1).padStart(2, '0')}`;
}

/** `%g`: decimal notation if the exponent is at least -4 and below the precision, without trailing zeros. */
function general(value: number, precision: number, keepZeros: boolean): string {
  if (Number.isNaN(value)) return 'nan';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const size = Math.abs(value);
  if (size === Number.POSITIVE_INFINITY) return `${sign}inf`;
  const count = Math.max(1, precision);
  const [mantissa, tail] = exponential(size, count - 1).split('e') as [string, string];
  const exponent = Number(tail);
  const digits = mantissa.replace('.', '');
  const cut = (text: string): string =>
    keepZeros || !text.includes('.') ? text : text.replace(/\.?0+$/, '');
  if (exponent < -4 || exponent >= count) return `${sign}${cut(mantissa)}e${tail}`;
  if (exponent < 0) return sign + cut(`0.${'0'.repeat(-exponent - 1)}${digits}`);
  const whole = exponent + 1;
  return sign + cut(whole === digits.length ? digits : `${digits.slice(0, whole)}.${digits.slice(whole)}`);
}
