import { isFairleadError } from '@fairlead/core';

/** Why a run was stopped, in words that fit after "The run was stopped:". */
export function stopReason(signal: AbortSignal | undefined): string {
  const reason: unknown = signal?.reason;
  if (typeof reason === 'string') return reason;
  return isFairleadError(reason) ? reason.message.replace(/\.$/, '') : 'a person stopped it';
}
