import type { Clock } from '@fairlead/core';

/** Least time between two lines of the log about the same thing. */
const PAUSE = 1_000;

/**
 * For what may happen a thousand times a second: `tell` is called once a second at most, with how often it happened since
 * the time before.
 */
export function throttled<T>(clock: Clock, tell: (what: T, count: number) => void): (what: T) => void {
  let last = Number.NEGATIVE_INFINITY;
  let count = 0;
  return (what) => {
    count++;
    const now = clock.monotonic();
    if (now - last < PAUSE) return;
    tell(what, count);
    [last, count] = [now, 0];
  };
}
