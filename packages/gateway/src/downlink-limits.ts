import type { LimitEntry } from '@fairlead/core';

/** The limits of downlinks. */
export const downlinkLimits = {
  answerTime: {
    value: 30_000,
    unit: 'ms',
    meaning:
      'Time in which a device must answer a downlink whose answer can be told, if its script gives none.',
    overAll: 'it is a time',
  },
  keptPerDevice: {
    value: 100,
    unit: 'items',
    meaning:
      'Unfinished kept downlinks of one device in a gateway without a store. Another is refused with DOWNLINKS_WAITING.',
    overAll: '`gateway.memoryDownlinks`',
  },
  keptValues: {
    value: 16_384,
    unit: 'items',
    meaning: 'Characters of the JSON text of a kept downlink. A longer one is refused with DOWNLINK_INVALID.',
    overAll: '`store.downlinks` times as many on disk; in memory one for each link',
  },
  keptKey: {
    value: 128,
    unit: 'items',
    meaning: 'Characters of the key of a downlink.',
    overAll: '`store.downlinks` times as many on disk',
  },
  keptDefault: {
    value: 86_400_000,
    unit: 'ms',
    meaning: 'Time for which a downlink is kept if its sender names none. Then it has expired.',
    overAll: 'it is a time',
  },
  keptLongest: {
    value: 30 * 86_400_000,
    unit: 'ms',
    meaning: 'Longest time for which a downlink may be kept.',
    overAll: 'it is a time',
  },
  keptRetry: {
    value: 2_000,
    unit: 'ms',
    meaning: 'Time before a kept downlink is tried again on the same link. It doubles with each try.',
    overAll: 'it is a time',
  },
  keptRetryMax: {
    value: 300_000,
    unit: 'ms',
    meaning: 'Longest time before a kept downlink is tried again on the same link.',
    overAll: 'it is a time',
  },
  keptSweep: {
    value: 60_000,
    unit: 'ms',
    meaning: 'Longest period in which kept downlinks are looked for that have expired.',
  },
  desiredDepth: {
    value: 16,
    unit: 'items',
    meaning:
      'Levels of nesting in the desired state of a device. Deeper ones are refused with DESIRED_INVALID.',
    overAll: '`gateway.keptValues`: the whole state is no longer than that',
  },
  desiredRetry: {
    value: 30_000,
    unit: 'ms',
    meaning:
      'Time in which a device must report its desired state before it is sent again. It doubles with each try.',
    overAll: 'it is a time',
  },
  desiredRetryMax: {
    value: 3_600_000,
    unit: 'ms',
    meaning: 'Longest time before the desired state of a device is sent again on the same link.',
    overAll: 'it is a time',
  },
  desiredTries: {
    value: 10,
    unit: 'items',
    meaning:
      'Times that the same desired state is sent on one link. It is sent again when the device connects, or after a change.',
    overAll: 'one after another',
  },
  desiredPause: {
    value: 250,
    unit: 'ms',
    meaning: 'Time after which the values that a device has reported are compared with its desired state.',
    overAll: 'it is a time',
  },
  desiredSlice: {
    value: 100,
    unit: 'items',
    meaning: 'Devices whose desired state is compared at once. Other work of the process runs in between.',
  },
  resultValues: {
    value: 1_024,
    unit: 'items',
    meaning: 'Characters of the JSON text of a downlink that its result repeats. Longer ones are left out.',
    overAll: 'the bus bounds its queue',
  },
  memoryDownlinks: {
    value: 10_000,
    unit: 'items',
    meaning: 'Kept downlinks of a gateway without a store. Beyond it, the oldest finished one is forgotten.',
  },
  answersWaiting: {
    value: 256,
    unit: 'items',
    meaning: 'Downlinks of one link that wait for their answers. Another is refused with DOWNLINKS_WAITING.',
    overAll: 'senders wait for them: the connections of the HTTP API, and one for each link',
  },
} as const satisfies Readonly<Record<string, LimitEntry>>;
