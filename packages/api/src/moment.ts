/** A moment as text: RFC 3339 (`2026-11-30T19:00:00Z`), an age (`90s`, `-1h`), or `now`. */
import { isFairleadError, milliseconds } from '@fairlead/core';

const DATE = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2}))?$/i;

/** A thousand years: what `Date` can represent everywhere. */
const LONGEST_AGE = 365_000 * 86_400_000;

/**
 * Unix milliseconds; undefined if the text is none of the forms. A time of day needs an offset.
 *
 * @param now Unix milliseconds
 */
export function parseMoment(text: string, now: number): number | undefined {
  if (text === 'now') return now;
  if (DATE.test(text)) {
    const at = Date.parse(text.replace(' ', 'T').toUpperCase());
    return Number.isNaN(at) ? undefined : at;
  }
  if (!/^-?\d.*[a-z]$/.test(text)) return undefined;
  try {
    const age = milliseconds(text.replace('-', ''));
    return age <= LONGEST_AGE ? Math.trunc(now - age) : undefined;
  } catch (error) {
    if (isFairleadError(error)) return undefined;
    throw error;
  }
}
