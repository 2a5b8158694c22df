/** Numbers: three digits for rates and sizes, values as they were sent. */

const NONE = '–';

/** 5,120 or 1.23; a missing number is a dash. */
export function count(value: number | undefined, language: string): string {
  return value === undefined ? NONE : new Intl.NumberFormat(language).format(value);
}

/** Three significant digits. */
export function rate(value: number | undefined, language: string): string {
  if (value === undefined) return NONE;
  return new Intl.NumberFormat(language, { maximumSignificantDigits: 3 }).format(value);
}

/** Bytes in units of 1,000: 812 B, 1.2 kB, 3.4 MB. */
export function size(bytes: number | undefined, language: string): string {
  if (bytes === undefined) return NONE;
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1_000;
    unit++;
  }
  return `${rate(value, language)} ${units[unit]}`;
}
