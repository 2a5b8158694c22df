import { type FairleadError, isFairleadError } from '@fairlead/core';
import { tcpErrors } from '../catalogue.ts';
import type { FrameDecoder } from './codec.ts';
import { MappedDecoder } from './mapped.ts';
import type { ByteWindow } from './window.ts';

/** Options of codecs whose frames can be given a time limit. */
export interface TimedOptions {
  /**
   * Time in which a frame must be complete. After that, its bytes are skipped and counted. Default: no limit.
   * For peers that stop in the middle of a frame and start again.
   */
  readonly frameTimeout?: number | string;
}

/**
 * Adds a time limit for each frame to the decoders of `make`.
 * @param timeout milliseconds; undefined: none
 * @param magic what each frame begins with, so that complete frames behind the unfinished one are found. Without it all
 * waiting bytes are skipped.
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

  /** The peer closed: complete frames behind an unfinished one are also found here. */
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

  /** Returns the first complete frame behind the head and skips the bytes before it; else where the next frame may begin. */
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

  /** Returns the complete frame at `at` and skips the bytes before it; `window.needed` is 0 if no frame begins there. */
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
