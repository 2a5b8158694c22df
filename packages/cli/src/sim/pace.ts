import type { Clock, Timer } from '@fairlead/core';

/** Timers with a shorter interval cost more than their work. */
const SHORTEST = 10;

/**
 * Calls `due` with the number of items that became due since the last call, at `rate` items per second. The first call is at a random time in
 * the first interval, so that many devices do not act at the same time. Items that a stalled process missed are not made up.
 * Returns a function that stops it.
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
