/** From "please stop" to the end of the process. */
import { type Clock, systemClock } from '@fairlead/tcp';

export interface StopOptions {
  /** Milliseconds to stop in order. */
  readonly grace: number;
  readonly clock?: Clock | undefined;
  /** Where signals come from; the process by default. */
  readonly signals?: Pick<NodeJS.EventEmitter, 'on' | 'off'> | undefined;
  /** Called at the first signal, with its name. */
  readonly stopping?: ((signal: string) => void) | undefined;
}

/** `clean`: everything was stopped in order. `late`: the grace was over. `forced`: a second signal came. */
export type StopOutcome = 'clean' | 'late' | 'forced';

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/**
 * Waits for SIGTERM or SIGINT and closes the service. At any outcome but `clean` the caller ends the process as it is.
 * Rejects when closing fails.
 */
export async function closeOnSignal(
  service: { close(): Promise<void> },
  { grace, clock = systemClock, signals = process, stopping }: StopOptions,
): Promise<StopOutcome> {
  const { promise, resolve, reject } = Promise.withResolvers<StopOutcome>();
  let asked = false;
  let timer: ReturnType<Clock['after']> | undefined;
  const heard = (signal: string) => {
    if (asked) return resolve('forced');
    asked = true;
    stopping?.(signal);
    timer = clock.after(grace, () => resolve('late'));
    service.close().then(() => resolve('clean'), reject);
  };
  for (const signal of SIGNALS) signals.on(signal, heard);
  try {
    return await promise;
  } finally {
    clock.clear(timer);
    for (const signal of SIGNALS) signals.off(signal, heard);
  }
}
