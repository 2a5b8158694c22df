import type { LimitEntry } from '@fairlead/core';

/** The limits of turns: of links that are read, and of devices whose messages are published. */
export const turnLimits = {
  turnBytes: {
    value: 65_536,
    unit: 'bytes',
    meaning:
      'Bytes of one link that are handled in a turn of the event loop. Then it is not read until the others were.',
    overAll: '`tcp.sessions` times as many, which are read and not kept',
  },
  turnCounts: {
    value: 8_192,
    unit: 'bytes',
    meaning: 'Smallest piece of what a link sent that is counted for that; smaller ones cost too little.',
    overAll: 'it is counted, not kept',
  },
  turnMessages: {
    value: 64,
    unit: 'items',
    meaning:
      'Messages of one device that the bus gets in its turn, while the bus is behind (`bus.behind`). The rest waits, and the device is not read meanwhile.',
    overAll: '`gateway.laneBytes`',
  },
  laneBytes: {
    value: 8 * 2 ** 20,
    unit: 'bytes',
    meaning:
      'Bytes of messages of all devices that may wait for their turns. Above it, no device is read until half of them have gone.',
    overAll: 'and `gateway.busExcess`, as while the bus asks for a pause',
  },
} as const satisfies Readonly<Record<string, LimitEntry>>;
