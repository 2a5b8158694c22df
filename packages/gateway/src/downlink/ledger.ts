/**
 * What may become of a kept downlink: pure. Who keeps the entries calls `step` and writes what it returns before it acts.
 *
 *     queued --attempt--> attempted --write--> written --acknowledge--> acknowledged
 *
 * `attempted` is on disk before the first byte leaves. So after a crash an entry that is `queued` was not sent, and one that is
 * `attempted` may have been: it is sent again, or has failed, as its sender wanted. `written` is the end where the device's answer
 * cannot be told.
 */
import { type FairleadError, Transitions } from '@fairlead/core';
import { gatewayErrors } from '../catalogue.ts';
import type { DownlinkState, KeptDownlink } from '../downlink-ports.ts';

type DownlinkEvent = 'attempt' | 'write' | 'acknowledge' | 'again' | 'fail' | 'expire' | 'cancel';

export const downlinkStates = new Transitions<DownlinkState, DownlinkEvent>('a kept downlink', {
  queued: { attempt: 'attempted', fail: 'failed', expire: 'expired', cancel: 'cancelled' },
  attempted: { write: 'written', acknowledge: 'acknowledged', again: 'queued', fail: 'failed' },
  written: { acknowledge: 'acknowledged', again: 'queued', fail: 'failed' },
  acknowledged: {},
  failed: {},
  expired: {},
  cancelled: {},
});

/** The downlink after the event. Throws EVENT_IMPOSSIBLE. */
export function step(
  downlink: KeptDownlink,
  event: DownlinkEvent,
  now: number,
  more: Partial<Pick<KeptDownlink, 'answerable' | 'code' | 'reason'>> = {},
): KeptDownlink {
  const state = downlinkStates.next(downlink.state, event);
  const next = { ...downlink, code: undefined, reason: undefined, ...more, state };
  const ends = isLast(state) || (state === 'written' && !next.answerable);
  return {
    ...next,
    attempts: downlink.attempts + (event === 'attempt' ? 1 : 0),
    writtenAt: event === 'write' ? now : event === 'attempt' ? undefined : downlink.writtenAt,
    finishedAt: ends ? now : undefined,
  };
}

const isLast = (state: DownlinkState): boolean => Object.keys(downlinkStates.table[state]).length === 0;

/** The downlink with what its failure says. */
export function failed(downlink: KeptDownlink, { code, message }: FairleadError, now: number): KeptDownlink {
  return step(downlink, 'fail', now, { code, reason: message });
}

/**
 * A try has ended with an error. Returns the downlink after that: failed, or queued for another try.
 *
 * @param error of the delivery
 */
export function afterError(downlink: KeptDownlink, error: FairleadError, now: number): KeptDownlink {
  const { state, device, delivery } = downlink;
  if (state === 'queued') return error.retryable ? downlink : failed(downlink, error, now);
  if (error.code === 'DOWNLINK_REFUSED') return failed(downlink, error, now);
  const { code, message: reason } = error;
  // Its link takes no more messages now, so that it was not sent.
  if (code === 'DOWNLINKS_WAITING') return step(downlink, 'again', now, { code, reason });
  if (delivery === 'at-least-once') return again(downlink, error, now);
  if (code === 'DOWNLINK_UNANSWERED') return failed(downlink, error, now);
  return failed(downlink, gatewayErrors.error('DOWNLINK_UNCERTAIN', { device, cause: code }, error), now);
}

/** One that was begun by a process that ended, or on a node that was lost. */
export function afterCrash(downlink: KeptDownlink, now: number): KeptDownlink {
  const { device, delivery } = downlink;
  const error = gatewayErrors.error('DOWNLINK_UNCERTAIN', { device, cause: 'the service ended' });
  return delivery === 'at-least-once' ? again(downlink, error, now) : failed(downlink, error, now);
}

/** Queued for another try, if its time is not over. */
function again(downlink: KeptDownlink, { code, message }: FairleadError, now: number): KeptDownlink {
  if (downlink.expiresAt > now) return step(downlink, 'again', now, { code, reason: message });
  const { device, attempts, id } = downlink;
  return failed(downlink, gatewayErrors.error('DOWNLINK_GIVEN_UP', { id, device, attempts }), now);
}

/** Milliseconds until the next try. */
export function retryDelay({ attempts }: KeptDownlink, { min, max }: { min: number; max: number }): number {
  return Math.min(min * 2 ** Math.min(Math.max(0, attempts - 1), 20), max);
}
