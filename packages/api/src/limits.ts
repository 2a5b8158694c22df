import { defineLimits } from '@fairlead/core';

export const apiLimits = defineLimits('api', {
  pageDefault: { value: 100, unit: 'items', meaning: 'Entries of a list when the request names no limit.' },
  page: {
    value: 1_000,
    unit: 'items',
    meaning: 'Most entries of a list in one answer.',
    option: '?limit',
    overAll: '`server.httpConnections` times as many, for requests whose token was accepted',
  },
  request: {
    value: 30_000,
    unit: 'ms',
    meaning:
      'Time for the service to begin its answer, added to the time that the request asks it to wait. Then SERVER_TIMEOUT.',
  },
  backupCopy: {
    value: 3_600_000,
    unit: 'ms',
    meaning: 'Additional time for the service to copy its database before it sends a backup.',
  },
  answer: {
    value: 64 * 2 ** 20,
    unit: 'bytes',
    meaning: 'Largest answer that a client takes from the service. Beyond it SERVER_ANSWER_INVALID.',
    overAll: 'once for each call of a client',
  },
  streamLine: {
    value: 8 * 2 ** 20,
    unit: 'bytes',
    meaning: 'Longest line of a stream of the service. Beyond it SERVER_ANSWER_INVALID.',
    overAll: 'once for each stream of a client',
  },
  streamSilence: {
    value: 45_000,
    unit: 'ms',
    meaning:
      'Silence on the event stream after which a client connects again; the service sends a comment every 15 s.',
  },
  filterSize: { value: 2_000, unit: 'items', meaning: 'Characters of a filter of a list.' },
  filterTerms: { value: 32, unit: 'items', meaning: 'Terms of a filter of a list.' },
  explainBytes: {
    value: 4_096,
    unit: 'bytes',
    meaning: 'Bytes of a request of `POST /api/v1/explain`. Of each frame the first 512 are explained.',
  },
  liveTopics: {
    value: 64,
    unit: 'items',
    meaning: 'Topics of one live stream of `GET /api/v1/live`.',
  },
  livePage: {
    value: 200,
    unit: 'items',
    meaning: 'Most entries of a list that is a topic of a live stream.',
  },
  liveSilence: {
    value: 12_000,
    unit: 'ms',
    meaning:
      'Silence on a live stream of `GET /api/v1/live` after which a client connects again; the service sends a heartbeat every 5 s.',
  },
  liveRetryMin: {
    value: 500,
    unit: 'ms',
    meaning:
      'Upper bound of the first random pause before a client of a live stream reconnects; doubles each time.',
  },
  liveRetryMax: {
    value: 15_000,
    unit: 'ms',
    meaning: 'Largest upper bound of the random pause before a client of a live stream reconnects.',
  },
  reconnectMin: {
    value: 250,
    unit: 'ms',
    meaning:
      'Upper bound of the first random pause before a client of the event stream reconnects; doubles each time.',
  },
  reconnectMax: {
    value: 5_000,
    unit: 'ms',
    meaning: 'Largest upper bound of the random pause before a client of the event stream reconnects.',
  },
});
