/**
 * How a driver proves that its event loop runs, if the server asks for it: it sends `<pingRequest uid="alive"/>` at
 * intervals. This is plain INDI, which every server answers, so that a driver in any language can do the same.
 *
 *     server --> driver   environment: FAIRLEAD_HEARTBEAT=5000
 *     driver --> server   <pingRequest uid="alive"/>  every 5,000 ms, from its first moment on
 */
import type { Ping } from './wire/messages.ts';

/** The environment variable with the interval in milliseconds; without it, or with 0, no heartbeat is sent. */
export const HEARTBEAT = 'FAIRLEAD_HEARTBEAT';

/** The element that is sent. */
export const beat: Ping = { tag: 'pingRequest', uid: 'alive' };

/** Interval in milliseconds, if a heartbeat is requested. */
export function heartbeatOf(environment: NodeJS.ProcessEnv): number | undefined {
  const period = Number(environment[HEARTBEAT]);
  return Number.isFinite(period) && period > 0 ? period : undefined;
}
