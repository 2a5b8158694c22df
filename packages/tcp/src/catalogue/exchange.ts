import type { ErrorEntry } from '@fairlead/core';

/** What goes wrong with requests, probes and pools. */
export const exchangeEntries = {
  REQUESTS_FULL: {
    kind: 'limit',
    side: 'local',
    retryable: true,
    message: 'Too many requests: {inFlight} may be in flight, and {limit} may wait in the queue.',
    help: 'The peer is disconnected or slow. Send fewer requests, or raise "requests.inFlight" or "requests.queue".',
  },
  REQUEST_TIMEOUT: {
    kind: 'timeout',
    side: 'remote',
    retryable: true,
    message: 'No reply within {limit} ms.',
    help: 'The peer is slow or disconnected, or it does not answer this request. A late reply is dropped.',
  },
  REQUEST_KEY_TAKEN: {
    kind: 'conflict',
    side: 'local',
    retryable: true,
    message: 'Another request with the key {key} is still waiting for its reply.',
    help: 'Requests that are in flight at the same time need different keys.',
  },
  FRAMES_UNREAD: {
    kind: 'limit',
    side: 'local',
    retryable: true,
    message: 'More than {limit} frames that answer no request were received, and nothing reads them.',
    help: 'Add a "frames" handler, or read with batches() in addition to the requests.',
  },
  PROBE_FAILED: {
    kind: 'timeout',
    side: 'remote',
    retryable: true,
    message: 'The peer did not answer a probe within {limit} ms.',
    help: 'The peer is gone or does not respond. Check what "probe" sends and which reply it expects.',
  },
  POOL_TIMEOUT: {
    kind: 'timeout',
    side: 'environment',
    retryable: true,
    message: 'No client of the pool was free within {limit} ms.',
    help: 'All clients are in use, or the peer cannot be reached. Raise "max" or "acquireTimeout", and check that leases are released.',
  },
  POOL_QUEUE_FULL: {
    kind: 'limit',
    side: 'local',
    retryable: true,
    message: 'All clients of the pool are in use, and {limit} callers are already waiting.',
    help: 'Raise "max" or "queue" of the pool, or use fewer clients at the same time.',
  },
  POOL_CLOSED: {
    kind: 'closed',
    side: 'local',
    retryable: false,
    message: 'The pool is closed.',
    help: 'The program closed the pool. Create a new pool.',
  },
  LEASE_OVER: {
    kind: 'state',
    side: 'local',
    retryable: false,
    message: 'The lease is over: the client was returned to its pool.',
    help: 'Use a client only until its lease is released.',
  },
} as const satisfies Record<string, ErrorEntry>;
