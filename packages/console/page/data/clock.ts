/**
 * The service's clock, as far as the page knows it. Ages are told by it, so that a browser whose clock is wrong shows right
 * ones.
 */

/** Milliseconds that the browser's clock is ahead of the service's. */
let ahead = 0;

/** The service said its time just now. */
export function heardTime(serviceTime: number, now = Date.now()): void {
  ahead = now - serviceTime;
}

/** Unix milliseconds by the service's clock. */
export function serviceNow(now = Date.now()): number {
  return now - ahead;
}

const TELL = 5_000;

/** Where the clocks differ by more than five seconds: by how many, and which is ahead. */
export function skew(): { readonly ahead: boolean; readonly seconds: number } | undefined {
  if (Math.abs(ahead) < TELL) return undefined;
  return { ahead: ahead > 0, seconds: Math.round(Math.abs(ahead) / 1_000) };
}
