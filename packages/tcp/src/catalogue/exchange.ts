import type { ErrorEntry } from '@fairlead/core';

/** What goes wrong with requests, probes and pools. */
export const exchangeEntries = {
  REQUESTS_FULL: {
    kind: 'limit',
    side: 'local',
    retryable: true,
    message: 'Too many requests: {inFlight} may be in flight, and {limit} may wait for their turn.',
    help: 'The peer is away or slow. Send fewer requests, or raise "requests.inFlight" or "requests.queue".',
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
    message: 'Another request with the key {key} waits for its reply.',
    help: 'Requests in flight at the same time need different keys.',
  },
  FRAMES_UNREAD: {
    kind: 'limit',
    side: 'local',
    retryable: true,
    message: 'More than {limit} frames that answer no request were received, and nothing reads them.',
    help: 'Give a "frames" handler, or read with batches(), beside the requests.',
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
    help: 'All are in use, or the peer cannot be reached. Raise "max" or "acquireTimeout", and check that leases are released.',
  },
  POOL_QUEUE_FULL: {
    kind: 'limit',
    side: 'local',
    retryable: true,
    message: 'All clients of the pool are in use, and {limit} others wait already.',
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
    message: 'The client was released to its pool.',
    help: 'Use a client only while its lease lasts.',
  },
} as const satisfies Record<string, ErrorEntry>;
