/** Whether a device that has a link is alive, as far as anybody can tell. */
import { type FairleadError, Transitions } from '@fairlead/core';

/** `suspect`: it should have answered. `dead`: its link was closed because it did not. */
export type Life = 'live' | 'suspect' | 'dead';

type LifeEvent =
  | 'doubt' // something was not answered in time
  | 'sign' // nothing is left that was not answered
  | 'end'; // the link ended because nothing was answered

export const lifeTransitions: Transitions<Life, LifeEvent> = new Transitions('The life of a device', {
  live: { doubt: 'suspect', sign: 'live', end: 'dead' },
  suspect: { doubt: 'suspect', sign: 'live', end: 'dead' },
  dead: {},
});

/** Codes with which a link or a session ends whose device did not answer. */
const DEATHS: ReadonlySet<string> = new Set([
  'WRITE_UNANSWERED',
  'PEER_UNRESPONSIVE',
  'HOST_UNREACHABLE',
  'IDLE_TIMEOUT',
  'POLL_UNANSWERED',
  'POLL_LINK_SILENT',
]);

/** `dead` if the code says that a device did not answer. */
export function deathOf(code: string | undefined): 'dead' | undefined {
  return code !== undefined && DEATHS.has(code) ? 'dead' : undefined;
}

/** What can be missing: an acknowledgement of what was written to the device, or its next sign of life. */
export type DoubtKind = 'write' | 'silence';

/** Why a device is suspect. */
export interface Doubt {
  readonly kind: DoubtKind;
  readonly error: FairleadError;
  /** Unix milliseconds. */
  readonly since: number;
}
