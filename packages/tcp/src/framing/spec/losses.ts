import type { FairleadError } from '@fairlead/core';
import { tcpErrors } from '../../catalogue.ts';
import { tcpLimits } from '../../limits.ts';
import type { FrameNoise } from '../codec.ts';

/** Bytes of wasted search that each byte of a frame pays for. */
const WORK_PER_BYTE = 16;

/**
 * Counts what one decoder skipped and dropped, and limits it. It also limits work, the bytes that were searched in vain: a
 * false head whose checksum covers 64 KiB costs 64 KiB. Frames give work back in proportion to their size, so that the
 * total stays proportional to the bytes received, even if a small frame follows each false head.
 */
export class Losses implements FrameNoise {
  skipped = 0;
  dropped = 0;
  timedOut = 0;
  reason: FairleadError | undefined;
  /** Bytes skipped since the last frame. */
  run = 0;
  #work = 0;
  /** Where in the stream the last dropped frame ends: a false head within it does not count as another frame. */
  #droppedTo = 0;

  /** Bytes were searched in vain. */
  looked(size: number): void {
    this.#work += size;
  }

  /** A frame of `size` bytes at `position` of the stream has a wrong checksum. */
  drop(position: number, size: number, reason: FairleadError): void {
    this.reason ??= reason;
    if (position < this.#droppedTo) return;
    this.dropped++;
    this.#droppedTo = position + size;
  }

  skip(size: number, reason: FairleadError): void {
    this.reason ??= reason;
    this.skipped += size;
    this.run += size;
  }

  /** A frame of `size` bytes was taken. */
  passed(size: number): void {
    this.#work = Math.max(0, this.#work - size * WORK_PER_BYTE);
  }

  /** Throws `FRAME_RESYNC_FAILED` if more bytes were skipped or searched than allowed. */
  checkSkipped(limit: number, reason: FairleadError): void {
    if (this.run > limit || this.#work > tcpLimits.values.resyncWork)
      throw tcpErrors.error('FRAME_RESYNC_FAILED', { skipped: this.run, limit, reason: reason.code }, reason);
  }

  /** Throws `FRAME_SEARCH_LIMIT` if more bytes were searched than allowed, while no bytes are skipped. */
  checkWork(reason: FairleadError): void {
    const limit = tcpLimits.values.resyncWork;
    if (this.#work > limit)
      throw tcpErrors.error('FRAME_SEARCH_LIMIT', { limit, reason: reason.code }, reason);
  }

  /** A copy, for {@link restore}. */
  saved(): Losses {
    const copy = new Losses();
    copy.restore(this);
    return copy;
  }

  restore(other: Losses): void {
    this.skipped = other.skipped;
    this.dropped = other.dropped;
    this.timedOut = other.timedOut;
    this.reason = other.reason;
    this.run = other.run;
    this.#work = other.#work;
    this.#droppedTo = other.#droppedTo;
  }
}
