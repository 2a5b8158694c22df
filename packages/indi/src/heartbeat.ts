/**
 * How a driver proves that its event loop runs, where the server asks for it: `<pingRequest uid="alive"/>` again and again.
 * It is plain INDI, which every server answers, so that a driver in any language can do the same.
 *
 *     server --> driver   environment: FAIRLEAD_HEARTBEAT=5000
 *     driver --> server   <pingRequest uid="alive"/>  every 5,000 ms, from its first moment on
 */
import type { Ping } from './wire/messages.ts';

/** The variable with the milliseconds between two beats; without it, or with 0, there are none. */
export const HEARTBEAT = 'FAIRLEAD_HEARTBEAT';

/** What is said. */
export const beat: Ping = { tag: 'pingRequest', uid: 'alive' };

/** Milliseconds between two beats, where they are wanted. */
export function heartbeatOf(environment: NodeJS.ProcessEnv): number | undefined {
  const period = Number(environment[HEARTBEAT]);
  return Number.isFinite(period) && period > 0 ? period : undefined;
}
