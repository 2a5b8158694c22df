import type { Clock, Timer } from '@fairlead/core';

/** The part of an inlet that the timers use. */
interface Timed {
  /** Milliseconds; undefined: the framing, or the begun frame, has no such time. */
  readonly idleMs: number | undefined;
  readonly frameTimeout: number | undefined;
  /** Bytes that wait for the rest of their frame. */
  readonly pending: number;
  /** Bytes that were handled: if the number changes, another frame has begun. */
  readonly passed: number;
  /** Nothing was received for `idleMs`. */
  silence(): void;
  /** The begun frame was not complete within `frameTimeout`. */
  overdue(): void;
}

/**
 * The timers of a framing; its codec specifies the times. A silence starts again with each byte, the time of a frame with its
 * first byte. A link creates this object only for a framing with a time.
 */
export class FrameTimers {
  readonly #clock: Clock;
  readonly #inlet: Timed;
  #silence: Timer | undefined;
  #frame: Timer | undefined;
  /** The value of `passed` when the time of the current frame began. */
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

  /** Reading has stopped: nothing can arrive, so the timers stop. */
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
