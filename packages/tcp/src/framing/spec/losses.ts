import type { FairleadError } from '@fairlead/core';
import { tcpErrors } from '../../catalogue.ts';
import { tcpLimits } from '../../limits.ts';
import type { FrameNoise } from '../codec.ts';

/** Work that each byte of a frame gives back: bytes that may be looked through in vain. */
const WORK_PER_BYTE = 16;

/**
 * What one decoder passed over, and the bounds of that. Work is what was looked through in vain: a false head whose check
 * value covers 64 KiB costs 64 KiB. Frames give work back in proportion to their size, so that the total stays
 * proportional to the bytes received, also where a small frame follows each false head.
 */
export class Losses implements FrameNoise {
  skipped = 0;
  dropped = 0;
  timedOut = 0;
  reason: FairleadError | undefined;
  /** Bytes passed over since the last frame. */
  run = 0;
  #work = 0;
  /** Where in the stream the last dropped frame ends: a false head within it is no second frame. */
  #droppedTo = 0;

  /** Bytes of a supposed frame were looked through in vain. */
  looked(size: number): void {
    this.#work += size;
  }

  /** A frame of `size` bytes at `position` of the stream has a wrong check value. */
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

  /** A frame of `size` bytes is done with. */
  passed(size: number): void {
    this.#work = Math.max(0, this.#work - size * WORK_PER_BYTE);
  }

  /** Throws `FRAME_RESYNC_FAILED` where more was passed over, or looked through, than is allowed. */
  checkSkipped(limit: number, reason: FairleadError): void {
    if (this.run > limit || this.#work > tcpLimits.values.resyncWork)
      throw tcpErrors.error('FRAME_RESYNC_FAILED', { skipped: this.run, limit, reason: reason.code }, reason);
  }

  /** The same where rules are tried one after the other and nothing is passed over: `FRAME_SEARCH_LIMIT`. */
  checkWork(reason: FairleadError): void {
    const limit = tcpLimits.values.resyncWork;
    if (this.#work > limit)
      throw tcpErrors.error('FRAME_SEARCH_LIMIT', { limit, reason: reason.code }, reason);
  }

  /** What {@link restore} goes back to. */
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
