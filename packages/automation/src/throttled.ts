import type { Clock } from '@fairlead/core';

/** Milliseconds between two log lines about the same thing. */
const PAUSE = 1_000;

/**
 * Limits logging of frequent events: calls `tell` at most once a second, with the number of events since the last call.
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
