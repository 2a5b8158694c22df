import type { ErrorEntry } from '@fairlead/core';

/** What is wrong with a request, whatever it asks for. */
export const requestEntries = {
  REVISION_MISSING: {
    kind: 'config',
    side: 'local',
    retryable: false,
    message: 'The request does not say which revision of the {kind} "{name}" it changes.',
    help: 'Read it first, and send the ETag of the answer as the header If-Match. "*" changes whatever is there; the option --force of a command sends it.',
  },
  REVISION_CONFLICT: {
    kind: 'conflict',
    side: 'local',
    retryable: false,
    message: 'Somebody else changed the {kind} "{name}" meanwhile ({differ}): its revision is {revision}.',
    help: 'Nothing was changed. Read it again, and repeat your change if it is still wanted. The option --force of a command overwrites what is there.',
  },
  REVISION_GONE: {
    kind: 'conflict',
    side: 'local',
    retryable: false,
    message: 'Somebody else removed the {kind} "{name}" meanwhile.',
    help: 'Nothing was changed. To add it again, send the request without If-Match.',
  },
  REQUEST_ABORTED: {
    kind: 'closed',
    side: 'remote',
    retryable: true,
    message: 'The client closed the connection before its request was complete.',
    help: 'Nothing was changed. Exception: an import stores the lines that arrived. Send the request again.',
  },
} as const satisfies Readonly<Record<string, ErrorEntry>>;
