/** Times and ages, as every page shows them. */

const DAY = 86_400_000;

/** `10:14:02.117` of today, else `Nov 28 10:14`; in Chinese `11月28日 10:14`. */
export function clockTime(ms: number, now: number, language: string): string {
  const date = new Date(ms);
  const two = (value: number): string => String(value).padStart(2, '0');
  const minutes = `${two(date.getHours())}:${two(date.getMinutes())}`;
  const sameDay = new Date(now).toDateString() === date.toDateString();
  if (sameDay)
    return `${minutes}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, '0')}`;
  const year = Math.abs(now - ms) > 300 * DAY ? ({ year: 'numeric' } as const) : {};
  const day = new Intl.DateTimeFormat(language, { month: 'short', day: 'numeric', ...year }).format(date);
  return `${day} ${minutes}`;
}

/** The unit and number of an age: 31 s, 12 min, 3 h, 5 d. A time in the future has the age 0. */
export function ageParts(ms: number): { readonly value: number; readonly unit: 's' | 'min' | 'h' | 'd' } {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  if (seconds < 60) return { value: seconds, unit: 's' };
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return { value: minutes, unit: 'min' };
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return { value: hours, unit: 'h' };
  return { value: Math.floor(hours / 24), unit: 'd' };
}
