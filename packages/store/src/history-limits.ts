import type { LimitEntry } from '@fairlead/core';

/** The limits of the history of values. */
export const historyLimits = {
  historySize: {
    value: 2 ** 30,
    unit: 'bytes',
    meaning:
      'Size of the history of values on disk. Beyond it, the oldest messages are removed first, then the oldest minutes and hours. Beyond 1.25 times as much, nothing is written.',
    option: 'history.size',
  },
  historyResolution: {
    value: 100,
    unit: 'ms',
    meaning:
      'Messages of one device with the same keys within one such interval count as one in the history: the last of them.',
  },
  historyPending: {
    value: 20_000,
    unit: 'items',
    meaning: 'Messages waiting to be written to the history. Beyond it, the newest are left out and counted.',
  },
  historyPendingBytes: {
    value: 2 ** 24,
    unit: 'bytes',
    meaning: 'Payload waiting to be written to the history. Beyond it, the newest are left out and counted.',
  },
  historyPerDevice: {
    value: 1_000,
    unit: 'items',
    meaning:
      'Messages of one device that wait to be written to the history. Beyond it, its newest are left out and counted.',
    overAll: '`store.historyPending`',
  },
  historyBatch: {
    value: 1_000,
    unit: 'items',
    meaning:
      'Number of waiting messages at which the history is written at once, without waiting for flushInterval.',
  },
  historyPayload: {
    value: 16_384,
    unit: 'bytes',
    meaning: 'Size of a message in the history. A larger one is left out and counted.',
    overAll: '`store.historyPendingBytes` in memory, `store.historySize` on disk',
  },
  historyAhead: {
    value: 600_000,
    unit: 'ms',
    meaning:
      'Time by which the clock of a device may be ahead. A message from further in the future is kept with the time of the service.',
  },
  historyFields: {
    value: 256,
    unit: 'items',
    meaning:
      'Fields of a device in the buckets of the history. Further ones are only in the messages that it keeps.',
    overAll: '`store.historySize` on disk',
  },
  historyLast: {
    value: 256,
    unit: 'items',
    meaning: 'Characters of the JSON text of the last value in a bucket. A longer one is left out.',
    overAll: '`store.historySize` on disk',
  },
  historyRound: {
    value: 60_000,
    unit: 'ms',
    meaning: 'Period in which new messages of the history are rolled up, and old ones removed.',
  },
  historyScan: {
    value: 50_000,
    unit: 'items',
    meaning:
      'Rows that one request of history reads. Then its page ends, also where it has fewer entries than asked for.',
    overAll: 'one call at a time: a call does not wait',
  },
} as const satisfies Readonly<Record<string, LimitEntry>>;
