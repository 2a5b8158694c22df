import { asFairleadError, type FairleadError, isFairleadError } from '@fairlead/core';
import { automationErrors } from '../catalogue.ts';

const STOPPED_BY_PERSON = 'a person stopped it';

/** What aborted the signal first: time limits pass it on as the cause of ABORTED. */
function firstReason(signal: AbortSignal | undefined): unknown {
  let reason: unknown = signal?.reason;
  while (isFairleadError(reason, 'ABORTED') && reason.cause !== undefined) reason = reason.cause;
  return reason;
}

/** Why a run was stopped, in words that fit after "The run was stopped:". */
export function stopReason(signal: AbortSignal | undefined): string {
  const reason = firstReason(signal);
  if (typeof reason === 'string') return reason;
  return isFairleadError(reason) ? reason.message.replace(/\.$/, '') : STOPPED_BY_PERSON;
}

export const stopError = (signal: AbortSignal | undefined): FairleadError =>
  automationErrors.error('RUN_STOPPED', { reason: stopReason(signal) });

/** The error of work that a signal aborted: the error that is the reason itself, such as STEP_TIMEOUT, else RUN_STOPPED. */
export function abortError(signal: AbortSignal): FairleadError {
  const reason = firstReason(signal);
  return typeof reason === 'string'
    ? automationErrors.error('RUN_STOPPED', { reason })
    : asFairleadError(reason);
}
