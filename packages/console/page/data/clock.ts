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
