import type { LimitEntry } from '@fairlead/core';

/** The limits of devices that are dialled, and of what they are asked. */
export const dialLimits = {
  dialPace: {
    value: 10,
    unit: 'items',
    meaning: 'Links to devices that are opened for the first time within 10 ms; others wait.',
    overAll: 'it is a rate',
  },
  lineDevices: {
    value: 256,
    unit: 'items',
    meaning: 'Devices that share one link. One more is refused with LINK_SHARED_FULL.',
    overAll: 'the devices are those of the directory',
  },
  pollRequests: {
    value: 1_000,
    unit: 'items',
    meaning: 'Requests of one poll of a device, its table included; others are left out with POLL_TOO_LONG.',
    overAll: 'the devices are those of the directory',
  },
  pollWrites: {
    value: 256,
    unit: 'items',
    meaning: 'Writes that wait for their turn on one link. Another fails with DOWNLINKS_WAITING.',
    overAll: 'the devices are those of the directory',
  },
  linkHolds: {
    value: 16,
    unit: 'items',
    meaning:
      'Runs of automation that wait to have one dialled link for themselves. Another fails with LINK_TURNS_WAITING.',
    overAll: 'the devices are those of the directory',
  },
  pollOutstanding: {
    value: 16,
    unit: 'items',
    meaning: 'Requests that wait for their answers on one link whose profile has "oneAtATime: false".',
    overAll: 'the devices are those of the directory',
  },
  pollGrid: {
    value: 20,
    unit: 'ms',
    meaning:
      'Polls with a period of ten times this or more begin at multiples of it, those of all links together. The second poll of a device comes that much later at most.',
  },
  pollPast: {
    value: 64,
    unit: 'items',
    meaning:
      'Requests of one link that are over and are remembered, so that late answers are known. The oldest are forgotten.',
    overAll: 'the devices are those of the directory',
  },
  pollMemory: {
    value: 60_000,
    unit: 'ms',
    meaning: 'Time for which an answer that can be told from others is known as late.',
    overAll: '`gateway.pollPast` on each link',
  },
  pollSettle: {
    value: 2,
    unit: 'items',
    meaning:
      'How many times its timeout an answer may still be late: meanwhile nothing is asked whose answer could be taken for it.',
    overAll: 'it is a time',
  },
  pollHold: {
    value: 250,
    unit: 'ms',
    meaning:
      'Longest time for which a link is left to the answer of a command whose script announces none; the first frame ends it.',
    overAll: 'it is a time',
  },
  pollPause: {
    value: 100,
    unit: 'ms',
    meaning: 'Period in which a poller looks whether its link, which the bus has paused, is read again.',
    overAll: 'it is a time',
  },
  pollSilent: {
    value: 3,
    unit: 'items',
    meaning:
      'Requests without an answer, one after another, after which a dialled device is announced as offline.',
    overAll: 'they are counted, not kept',
  },
  linkSilent: {
    value: 30_000,
    unit: 'ms',
    meaning:
      'Silence of a polled link, while requests are not answered, after which the link is given up with POLL_LINK_SILENT and opened again.',
    overAll: 'it is a time',
  },
} as const satisfies Readonly<Record<string, LimitEntry>>;
