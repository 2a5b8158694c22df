/**
 * The delay before the next attempt: a random time below a bound that doubles with each failure ("full jitter"),
 * so that many clients that lost their server do not reconnect at the same time.
 *
 * Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 */
export interface BackoffOptions {
  /** Milliseconds. */
  readonly min: number;
  readonly max: number;
  readonly jitter: 'full' | 'none';
}

/** @param failures number of consecutive failed attempts, from 0 */
export function backoff(
  failures: number,
  { min, max, jitter }: BackoffOptions,
  random: () => number,
): number {
  const bound = Math.min(max, min * 2 ** Math.min(failures, 52));
  return jitter === 'full' ? random() * bound : bound;
}
