import type { LimitEntry } from '@fairlead/core';

/** The limits of taps and captures. */
export const tapLimits = {
  taps: {
    value: 64,
    unit: 'items',
    meaning: 'Taps and captures that may be open at the same time; one more is refused with TAPS_FULL.',
  },
  tapBytes: {
    value: 4_096,
    unit: 'bytes',
    meaning: 'First bytes of a chunk, a frame or a message that a tap shows. Nothing of them is kept.',
    overAll: '`gateway.taps` times this, until the event is handed over',
  },
  tapHead: {
    value: 65_536,
    unit: 'bytes',
    meaning:
      'Bytes of a new link that are held while somebody waits to watch a device, until the device of the link is known. Beyond it, a capture lacks the first bytes of the link.',
    overAll: '`gateway.tapHeads` times this',
  },
  tapHeads: {
    value: 1_000,
    unit: 'items',
    meaning:
      'New links whose bytes are so held at the same time. Of further links, a capture lacks the first bytes.',
  },
} as const satisfies Readonly<Record<string, LimitEntry>>;
