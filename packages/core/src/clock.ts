/** A pending timer; what {@link Clock.clear} takes. */
export interface Timer {
  /** Lets the process end although the timer is pending. */
  unref?(): unknown;
}

/** Time, injected, so that tests can turn it. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Milliseconds on a scale that never jumps; only differences have a meaning. */
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
