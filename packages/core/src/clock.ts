/** A pending timer; the argument of {@link Clock.clear}. */
export interface Timer {
  /** Allows the process to end while the timer is pending. */
  unref?(): unknown;
}

/** An injected clock, so that tests control the time. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Milliseconds on a scale that never jumps. Only differences are meaningful. */
  monotonic(): number;
  after(ms: number, run: () => void): Timer;
  clear(timer: Timer | undefined): void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (ms, run) => setTimeout(run, ms),
  clear: (timer) => clearTimeout(timer as NodeJS.Timeout | undefined),
};
