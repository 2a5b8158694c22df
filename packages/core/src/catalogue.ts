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
    help: 'Options are checked so that a misspelt one is not ignored in silence.',
  },
  OPTION_INVALID: {
    kind: 'config',
    side: 'local',
    retryable: false,
    message: 'Option "{key}"{where}: {reason}',
    help: 'The message says what is allowed.',
  },
  ENDPOINT_INVALID: {
    kind: 'config',
    side: 'local',
    retryable: false,
    message: 'The endpoint "{endpoint}" is not valid: {reason}.',
    help: 'Write tcp://host:port, tls://host:port, unix:/path, or host:port; IPv6 addresses in brackets.',
  },
  HANDLER_FAILED: {
    kind: 'state',
    side: 'local',
    retryable: false,
    message: 'The program that handles this link failed: {reason}.',
    help: 'A defect of the program: the error that it threw is the cause. Other links live on.',
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

/** What user code threw, as an error of the catalogue: itself, or `HANDLER_FAILED` with it as the cause. */
export function asFairleadError(error: unknown): FairleadError {
  return isFairleadError(error)
    ? error
    : coreErrors.error('HANDLER_FAILED', { reason: String(error) }, error);
}
