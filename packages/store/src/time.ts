/** The largest time of a JavaScript Date. */
const FURTHEST = 8.64e15;

/**
 * A time as stored in the database: whole Unix milliseconds. A script may return a time outside the range of dates; it is
 * replaced by `now`, so that such a row does not block the rows that are written with it.
 */
export function wholeTime(time: number, now: number): number {
  return Math.trunc(Math.abs(time) <= FURTHEST ? time : now);
}
