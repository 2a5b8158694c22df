/**
 * A result key that counts: `D2` gives 01, 02, ...; `X4` hexadecimal; a pattern of `0` and `#` stands for the number
 * within other text (`MSG-000`). `D` and `X` alone give the number without leading zeros; `x` gives small letters.
 */
export type KeyFormat = (count: number) => string;

const STANDARD = /^([DdXx])(\d{0,2})$/;
const PATTERN = /^([^0#]*)(#*)(0*)([^0#]*)$/;

/** The format that a key specifies, or undefined if it specifies none. */
export function keyFormat(key: string): KeyFormat | undefined {
  const standard = STANDARD.exec(key);
  if (standard !== null) {
    const [, letter = '', digits = ''] = standard;
    const width = Number(digits);
    if (letter === 'D' || letter === 'd') return (count) => String(count).padStart(width, '0');
    if (letter === 'X') return (count) => count.toString(16).toUpperCase().padStart(width, '0');
    return (count) => count.toString(16).padStart(width, '0');
  }
  const pattern = PATTERN.exec(key);
  if (pattern === null) return undefined;
  const [, before = '', hashes = '', zeros = '', after = ''] = pattern;
  if (hashes === '' && zeros === '') return undefined;
  return (count) => `${before}${String(count).padStart(zeros.length, '0')}${after}`;
}
