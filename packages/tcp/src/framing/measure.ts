import type { ByteWindow } from './window.ts';

/**
 * Finds where the frame at the head of the window ends: the half of a decoder that the codec of a framing and the rules
 * of a framing spec share.
 */
export interface Measure {
  /**
   * Bytes of the whole frame as it stands on the wire, all of which are in the window; or 0 after `window.short(n)`.
   * It may skip what lies between frames; then it answers 0 and is asked again.
   * A measure may remember how far it has looked; it forgets that when it finds an end.
   */
  measure(window: ByteWindow): number;
}
