import { type FairleadError, isFairleadError } from '@fairlead/core';
import { tcpErrors } from '../catalogue.ts';
import type { FrameDecoder } from './codec.ts';
import { MappedDecoder } from './mapped.ts';
import type { ByteWindow } from './window.ts';

/** What codecs take whose begun frames may have to be complete in time. */
export interface TimedOptions {
  /**
   * Time that a begun frame may take. Then what came of it is passed over and counted. Default: as long as it takes.
   * For peers that stop in the middle of a frame and begin anew.
   */
  readonly frameTimeout?: number | string;
}

/**
 * Gives the decoders that `make` makes a limited time for each frame.
 * @param timeout milliseconds; undefined: none
 * @param magic what each frame begins with, so that whole frames behind the unfinished one are found. Without it all that
 * waits is passed over.
 */
export function timed<F>(
  make: () => FrameDecoder<F>,
  timeout: number | undefined,
  magic?: Buffer,
): () => FrameDecoder<F> {
  if (timeout === undefined) return make;
  return () => new TimedDecoder(make, timeout, magic?.length === 0 ? undefined : magic);
}

class TimedDecoder<F> extends MappedDecoder<F, F> {
  readonly decodeMany?: (window: ByteWindow, frames: F[], stopAt: number) => void;
  readonly #make: () => FrameDecoder<F>;
  readonly #timeout: number;
  readonly #magic: Buffer | undefined;
  readonly #noise = { skipped: 0, dropped: 0, timedOut: 0, reason: undefined as FairleadError | undefined };

  constructor(make: () => FrameDecoder<F>, timeout: number, magic: Buffer | undefined) {
    super(make());
    this.#make = make;
    this.#timeout = timeout;
    this.#magic = magic;
    if (this.inner.decodeMany !== undefined)
      this.decodeMany = (window, frames, stopAt) => this.inner.decodeMany?.(window, frames, stopAt);
  }

  protected map(frame: F): F {
    return frame;
  }

  override get frameTimeout(): number {
    return this.#timeout;
  }

  override get noise() {
    return this.#noise;
  }

  override overdue(window: ByteWindow): F | undefined {
    const size = window.length;
    this.#noise.timedOut++;
    this.#noise.reason ??= tcpErrors.error('FRAME_TIMEOUT', { size, timeout: this.#timeout });
    const found = this.#behind(window);
    if (typeof found !== 'number') return found.frame;
    this.#noise.skipped += found;
    this.inner = this.#make();
    window.skip(found);
    window.needed = 1;
    return undefined;
  }

  /** The peer closed: whole frames behind an unfinished one are found here, too. */
  override end(window: ByteWindow): F | undefined {
    const frame = this.inner.decode(window) ?? super.end(window);
    if (frame !== undefined || window.length === 0) return frame;
    const { length: size, needed } = window;
    const found = this.#behind(window);
    if (typeof found !== 'number') {
      this.#noise.reason ??= tcpErrors.error('FRAME_TRUNCATED', { size });
      return found.frame;
    }
    window.needed = needed;
    return undefined;
  }

  /** The first whole frame behind the head; what is before it is passed over. Else where the next one may have begun. */
  #behind(window: ByteWindow): { readonly frame: F } | number {
    let begun = window.length;
    for (const at of this.#heads(window)) {
      window.needed = 1;
      const frame = this.#frameAt(window, at);
      if (frame !== undefined) return { frame };
      if (window.needed > 0) begun = Math.min(begun, at);
    }
    return begun;
  }

  /** Places behind the head where a frame may begin, in order. */
  *#heads(window: ByteWindow): Generator<number> {
    const magic = this.#magic;
    if (magic === undefined) return;
    for (let at = window.indexOf(magic, 1); at >= 0; at = window.indexOf(magic, at + 1)) yield at;
    // The magic bytes may have begun at the very end.
    for (let at = Math.max(1, window.length - magic.length + 1); at < window.length; at++)
      if (window.view(at, window.length).equals(magic.subarray(0, window.length - at))) yield at;
  }

  /** The frame that is complete there, what is before it being passed over; `window.needed` is 0 where none begins. */
  #frameAt(window: ByteWindow, at: number): F | undefined {
    const { start } = window;
    const kept = this.inner;
    this.inner = this.#make();
    window.start = start + at;
    try {
      const frame = this.inner.decode(window);
      if (frame !== undefined) {
        this.#noise.skipped += at;
        return frame;
      }
    } catch (error) {
      if (!isFairleadError(error) || error.side !== 'remote') throw error;
      window.needed = 0;
    }
    this.inner = kept;
    window.start = start;
    return undefined;
  }
}
