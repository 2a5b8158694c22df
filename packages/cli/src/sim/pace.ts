import type { Clock, Timer } from '@fairlead/core';

/** Timers closer than this cost more than what they do. */
const SHORTEST = 10;

/**
 * Calls `due` with how many of `rate` items a second have become due since the last call; the first somewhere within
 * the first interval, so that many devices do not act at once. What a stalled process missed is not made up for.
 * Returns what stops it.
 */
export function pace(
  rate: number,
  clock: Clock,
  random: () => number,
  due: (count: number) => void,
): () => void {
  const interval = Math.max(SHORTEST, 1_000 / rate);
  const most = Math.max(1, Math.ceil((2 * interval * rate) / 1_000));
  let start = clock.monotonic() - (1 - random()) * (1_000 / rate);
  let done = 0;
  let timer: Timer | undefined;
  const tick = (): void => {
    timer = clock.after(interval, tick);
    const count = Math.floor(((clock.monotonic() - start) * rate) / 1_000) - done;
    if (count > most) start += ((count - most) * 1_000) / rate;
    const now = Math.min(count, most);
    done += now;
    if (now > 0) due(now);
  };
  timer = clock.after(random() * interval, tick);
  return () => clock.clear(timer);
}
