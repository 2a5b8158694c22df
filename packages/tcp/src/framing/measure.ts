import type { ByteWindow } from './window.ts';

/**
 * Finds where the frame at the head of the window ends, for one decoder. The codec of a framing and the rules of a framing
 * spec share it. A measure may remember how far it has searched; it forgets that when it finds an end.
 */
export interface Measure {
  /**
   * Returns the size of the whole frame on the wire, all of which is in the window, or 0 after `window.short(n)`.
   * It may skip bytes between frames; then it returns 0 and is called again.
   */
  measure(window: ByteWindow): number;
  /** After a frame was found: the bytes to strip, if their number differs from frame to frame. */
  readonly head?: number;
  readonly tail?: number;
  /** The content of the frame of `total` bytes at the head, if it differs from the bytes on the wire. */
  content?(window: ByteWindow, total: number): Buffer;
  /** After bytes were skipped: how many of them belong to a frame that was cut off. */
  readonly lost?: number;
  /** After an error: how many bytes from the start were searched, if they may be many. */
  readonly looked?: number;
  /** The line was silent for `idleMs`, or the peer closed: the size of the frame that ends with that, or 0. */
  finish?(window: ByteWindow): number;
}

/** As `head` or `tail` of a layout: the number of bytes differs from frame to frame, ask the measure. */
export const MEASURED = -1;
