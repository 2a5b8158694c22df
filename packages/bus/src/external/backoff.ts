/**
 * How long to wait before the attempt after `failures` failed ones: anything from 0 to a bound that doubles ("full
 * jitter"), so that clients that lost a broker together do not come back together.
 * @param random 0 (inclusive) to 1 (exclusive)
 * @returns milliseconds
 */
export function fullJitter(failures: number, min: number, max: number, random: () => number): number {
  return Math.floor(random() * Math.min(max, min * 2 ** Math.min(failures, 32)));
}
