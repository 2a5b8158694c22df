import type { Clock } from '@fairlead/core';

/** Milliseconds between two log lines about the same thing. */
const PAUSE = 1_000;

/**
 * Limits logging of frequent events: calls `report` at most once a second, with the number of events since the last call.
 */
export function throttled<T>(clock: Clock, report: (event: T, count: number) => void): (event: T) => void {
  let last = Number.NEGATIVE_INFINITY;
  let count = 0;
  return (event) => {
    count++;
    const now = clock.monotonic();
    if (now - last < PAUSE) return;
    report(event, count);
    [last, count] = [now, 0];
  };
}
