/** Detects that a device's link is replaced repeatedly: two devices share a token, or one device connects twice. */
import { gatewayLimits } from '../limits.ts';

const { flapReplacements, flapWindow } = gatewayLimits.values;

/** Counts recent replacements of the link of one device. Each session of the device passes it on to the next. */
export class Replacements {
  #since = Number.NEGATIVE_INFINITY;
  #count = 0;
  #told = Number.NEGATIVE_INFINITY;

  /**
   * Adds a replacement at `now` (monotonic milliseconds). Returns the count within the window if a warning is due: from
   * the third replacement on, once in each window.
   */
  add(now: number): number | undefined {
    if (now - this.#since >= flapWindow) {
      this.#since = now;
      this.#count = 0;
    }
    this.#count++;
    if (this.#count < flapReplacements || now - this.#told < flapWindow) return undefined;
    this.#told = now;
    return this.#count;
  }
}
