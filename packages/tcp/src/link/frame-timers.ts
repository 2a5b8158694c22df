import type { Clock, Timer } from '@fairlead/core';

/** What is received, as far as its framing sets times. */
interface Timed {
  /** Milliseconds; undefined: the framing, or the frame that has begun, sets no such time. */
  readonly idleMs: number | undefined;
  readonly frameTimeout: number | undefined;
  /** Bytes that wait for the rest of their frame. */
  readonly pending: number;
  /** Bytes that are done with: another number than before says that another frame has begun. */
  readonly passed: number;
  /** Nothing came for `idleMs`. */
  silence(): void;
  /** The frame that has begun has taken longer than `frameTimeout`. */
  overdue(): void;
}

/**
 * The times of a framing, which its codec gives as data: a silence begins anew with each byte, the time of a frame with the
 * first byte of it. A link makes one only for a framing that sets a time.
 */
export class FrameTimers {
  readonly #clock: Clock;
  readonly #inlet: Timed;
  #silence: Timer | undefined;
  #frame: Timer | undefined;
  /** `passed` when the time of the present frame began. */
  #begunAt = 0;
  #running = false;

  constructor(clock: Clock, inlet: Timed) {
    this.#clock = clock;
    this.#inlet = inlet;
  }

  /** Bytes arrived, or a reader began to wait for a frame. */
  watch(): void {
    this.#running = true;
    const { idleMs, pending } = this.#inlet;
    this.#clock.clear(this.#silence);
    this.#silence = undefined;
    if (pending > 0 && idleMs !== undefined)
      this.#silence = this.#clock.after(idleMs, () => {
        this.#silence = undefined;
        this.#inlet.silence();
        if (this.#running) this.#watchFrame();
      });
    this.#watchFrame();
  }

  /** Reading has stopped: nothing can arrive, so that no time counts. */
  stop(): void {
    this.#running = false;
    this.#clock.clear(this.#silence);
    this.#clock.clear(this.#frame);
    this.#silence = this.#frame = undefined;
  }

  #watchFrame(): void {
    const { frameTimeout, pending, passed } = this.#inlet;
    if (this.#frame !== undefined && pending > 0 && passed === this.#begunAt) return;
    this.#clock.clear(this.#frame);
    this.#frame = undefined;
    if (pending === 0 || frameTimeout === undefined) return;
    this.#begunAt = passed;
    this.#frame = this.#clock.after(frameTimeout, () => {
      this.#frame = undefined;
      this.#inlet.overdue();
      if (this.#running) this.#watchFrame();
    });
  }
}
