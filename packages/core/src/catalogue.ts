import { networkEntries } from './catalogue/network.ts';
import { tlsEntries } from './catalogue/tls.ts';
import { defineErrors, type FairleadError, isFairleadError } from './errors.ts';

/** The codes of `@fairlead/core`: options, addresses, and how connections fail and end. */
export const coreErrors = defineErrors('core', {
  OPTION_UNKNOWN: {
    kind: 'config',
    side: 'local',
    retryable: false,
    message: 'Unknown option "{key}"{where}. {hint}',
    help: 'Unknown options are refused, so that a misspelt option is not silently ignored.',
  },
  OPTION_INVALID: {
    kind: 'config',
    side: 'local',
    retryable: false,
    message: 'Option "{key}"{where}: {reason}',
    help: 'The message says which values are allowed.',
  },
  ENDPOINT_INVALID: {
    kind: 'config',
    side: 'local',
    retryable: false,
    message: 'The endpoint "{endpoint}" is not valid: {reason}.',
    help: 'Write tcp://host:port, tls://host:port, unix:/path or host:port. Put IPv6 addresses in brackets.',
  },
  HANDLER_FAILED: {
    kind: 'state',
    side: 'local',
    retryable: false,
    message: 'The program code that handles this link threw an error: {reason}.',
    help: 'This is a defect in the program. The error that it threw is the "cause". Other links are not affected.',
  },
  ABORTED: {
    kind: 'closed',
    side: 'local',
    retryable: true,
    message: 'The operation was aborted.',
    help: 'The AbortSignal that was passed in fired.',
  },
  EVENT_IMPOSSIBLE: {
    kind: 'state',
    side: 'local',
    retryable: false,
    message: '{subject} got the event "{event}" in the state "{state}".',
    help: 'A defect of Fairlead: its state table has no such transition. Please report it with the stack trace.',
  },
  ...networkEntries,
  ...tlsEntries,
});

/** Turns a value that user code threw into an error of the catalogue. A value of another kind becomes the cause of `HANDLER_FAILED`. */
export function asFairleadError(error: unknown): FairleadError {
  return isFairleadError(error)
    ? error
    : coreErrors.error('HANDLER_FAILED', { reason: String(error) }, error);
}
