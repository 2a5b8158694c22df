/**
 * How long to wait before the next attempt: a random time below a bound that doubles with each failure ("full jitter"),
 * so that a fleet that lost its server does not come back in step.
 *
 * Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 */
export interface BackoffOptions {
  /** Milliseconds. */
  readonly min: number;
  readonly max: number;
  readonly jitter: 'full' | 'none';
}

/** @param failures attempts that failed in a row, from 0 */
export function backoff(
  failures: number,
  { min, max, jitter }: BackoffOptions,
  random: () => number,
): number {
  const bound = Math.min(max, min * 2 ** Math.min(failures, 52));
  return jitter === 'full' ? random() * bound : bound;
}
