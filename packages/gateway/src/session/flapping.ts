/** Notices that a device's link is replaced again and again: two devices have one token, or one connects twice. */
import { gatewayLimits } from '../limits.ts';

const { flapReplacements, flapWindow } = gatewayLimits.values;

/** How often the link of one device was replaced of late. Handed on from each session of the device to the next. */
export class Replacements {
  #since = Number.NEGATIVE_INFINITY;
  #count = 0;
  #told = Number.NEGATIVE_INFINITY;

  /**
   * One more, at `now` (monotonic milliseconds). Answers how many there were within the window where that is worth a
   * warning: from the third on, and once a window.
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
