/** The furthest that a JavaScript Date reaches. */
const FURTHEST = 8.64e15;

/**
 * A time as the database keeps it: whole Unix milliseconds. A time that no date can have, as a script may make one, is
 * replaced by `now`: one such row must not hold up all that wait with it.
 */
export function wholeTime(time: number, now: number): number {
  return Math.trunc(Math.abs(time) <= FURTHEST ? time : now);
}
