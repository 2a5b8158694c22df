import { defineLimits } from '@fairlead/core';

export const gatewayLimits = defineLimits('gateway', {
  beforeAuth: {
    value: 4_096,
    unit: 'bytes',
    meaning:
      'Largest packet or token before a device has authenticated. A larger one closes the link with FRAME_TOO_LARGE.',
    overAll: '`gateway.handshakes` times this',
  },
  handshakes: {
    value: 10_000,
    unit: 'items',
    meaning:
      'Unauthenticated links of all listeners together. One more closes the oldest of them with HANDSHAKES_FULL.',
  },
  heartbeatsBeforeAuth: {
    value: 16,
    unit: 'items',
    meaning: 'Heartbeats allowed before authentication. One more closes the link with AUTH_REQUIRED.',
    overAll: 'heartbeats are counted, not kept',
  },
  frame: {
    value: 2 ** 20,
    unit: 'bytes',
    meaning:
      'Largest payload of an official packet after authentication. A larger LENGTH closes the link with FRAME_TOO_LARGE.',
    overAll:
      '`tcp.sessions` of each listener times this. Memory grows only as bytes arrive, and only for authenticated devices; `listeners.*.limits.sessions` and `frame` lower it',
    option: 'listeners.*.limits.frame',
  },
  scriptBatches: {
    value: 4,
    unit: 'items',
    meaning:
      "Batches of one device that may be in the sandbox or wait for the bus. Beyond it, the device's socket is not read.",
    overAll: '`gateway.scriptBytes`, `gateway.scriptWaiting`, and for the bus `gateway.busExcess`',
  },
  scriptCalls: {
    value: 5_000,
    unit: 'items',
    meaning: 'Batches of all devices that may be in the sandbox. Further batches wait in a queue.',
  },
  scriptBytes: {
    value: 16 * 2 ** 20,
    unit: 'bytes',
    meaning: 'Bytes of all devices that may be in the sandbox. Further bytes wait in a queue.',
  },
  scriptWaiting: {
    value: 64 * 2 ** 20,
    unit: 'bytes',
    meaning:
      'Bytes of all devices that may wait in the queue for the sandbox. Beyond it, a device with an unfinished batch is not read until that batch is done.',
  },
  busExcess: {
    value: 8 * 2 ** 20,
    unit: 'bytes',
    meaning:
      'While the bus asks for a pause, each device is paused after its next chunk. When this many bytes have arrived despite that, all devices are paused at once.',
  },
  refusedFrames: {
    value: 5,
    unit: 'items',
    meaning:
      'Refused messages of one link that are kept for "fairlead link inspect". The oldest are removed.',
    overAll: '`gateway.refusedFramesOverAll`, and for closed links `gateway.closedLinks` times this',
  },
  refusedFramesOverAll: {
    value: 10_000,
    unit: 'items',
    meaning: 'Refused messages of all open links that are kept. The oldest are removed.',
  },
  refusedFrameBytes: {
    value: 64,
    unit: 'bytes',
    meaning: 'Bytes of a refused message that are kept and, at the log level debug, logged.',
    overAll: '`gateway.refusedFramesOverAll` times this',
  },
  flapReplacements: {
    value: 3,
    unit: 'items',
    meaning: 'Replacements of the link of one device within flapWindow before DEVICE_FLAPS is logged.',
  },
  flapWindow: {
    value: 60_000,
    unit: 'ms',
    meaning:
      'Period in which replaced links of one device are counted. DEVICE_FLAPS is logged once per period.',
  },
  closedLinks: {
    value: 1_000,
    unit: 'items',
    meaning: 'Closed links that "fairlead link ls" shows. The oldest are removed.',
  },
  codecs: {
    value: 1_000,
    unit: 'items',
    meaning:
      'Compiled framings that are cached. One more empties the cache; framings are compiled again when needed.',
  },
  drain: {
    value: 5_000,
    unit: 'ms',
    meaning: 'Time in which a stopping gateway lets the messages that were read reach the bus.',
  },
});
