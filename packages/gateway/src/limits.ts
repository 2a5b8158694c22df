import { defineLimits } from '@fairlead/core';

export const gatewayLimits = defineLimits('gateway', {
  beforeAuth: {
    value: 4_096,
    unit: 'bytes',
    meaning:
      'Largest packet or token before a device has said who it is; more closes the link with FRAME_TOO_LARGE.',
    overAll: '`gateway.handshakes` times as many',
  },
  handshakes: {
    value: 10_000,
    unit: 'items',
    meaning:
      'Links of all listeners whose device has not said who it is. One more closes the oldest of them with HANDSHAKES_FULL.',
  },
  heartbeatsBeforeAuth: {
    value: 16,
    unit: 'items',
    meaning: 'Heartbeats tolerated before authentication; one more closes the link with AUTH_REQUIRED.',
    overAll: 'they are counted, not kept',
  },
  frame: {
    value: 2 ** 20,
    unit: 'bytes',
    meaning:
      'Largest payload of an official packet after authentication; a larger LENGTH closes the link with FRAME_TOO_LARGE.',
    overAll:
      '`tcp.sessions` of each listener times as many, paid for byte by byte, of devices that have shown their token; `listeners.*.limits.sessions` and `frame` make it less',
    option: 'listeners.*.limits.frame',
  },
  scriptBatches: {
    value: 4,
    unit: 'items',
    meaning:
      "Batches of one device that may be with the sandbox or wait for the bus; beyond it the device's socket is not read.",
    overAll: '`gateway.scriptBytes`, `gateway.scriptWaiting`, and for the bus `gateway.busExcess`',
  },
  scriptCalls: {
    value: 5_000,
    unit: 'items',
    meaning: 'Batches of all devices that may be with the sandbox; more wait in line.',
  },
  scriptBytes: {
    value: 16 * 2 ** 20,
    unit: 'bytes',
    meaning: 'Bytes of all devices that may be with the sandbox; more wait in line.',
  },
  scriptWaiting: {
    value: 64 * 2 ** 20,
    unit: 'bytes',
    meaning:
      'Bytes of all devices that may wait in line for the sandbox. Beyond it a device that has a batch under way is not read until that is done.',
  },
  busExcess: {
    value: 8 * 2 ** 20,
    unit: 'bytes',
    meaning:
      'While the bus asks for a pause each device is stopped after its next chunk; when this much came all the same, all are stopped at once.',
  },
  refusedFrames: {
    value: 5,
    unit: 'items',
    meaning: 'Refused messages of one link that are kept for "fairlead link inspect"; the oldest leave.',
    overAll: '`gateway.refusedFramesOverAll`, and `gateway.closedLinks` times as many of closed links',
  },
  refusedFramesOverAll: {
    value: 10_000,
    unit: 'items',
    meaning: 'Refused messages of all open links that are kept; the oldest leave.',
  },
  refusedFrameBytes: {
    value: 64,
    unit: 'bytes',
    meaning: 'Bytes of a refused message that are kept and, at the level debug, logged.',
    overAll: '`gateway.refusedFramesOverAll` times as many',
  },
  flapReplacements: {
    value: 3,
    unit: 'items',
    meaning: 'Times that the link of one device is replaced within flapWindow before DEVICE_FLAPS is logged.',
  },
  flapWindow: {
    value: 60_000,
    unit: 'ms',
    meaning: 'Time within which replaced links of one device are counted; DEVICE_FLAPS is logged once in it.',
  },
  closedLinks: {
    value: 1_000,
    unit: 'items',
    meaning: 'Closed links that "fairlead link ls" remembers; the oldest leave.',
  },
  codecs: {
    value: 1_000,
    unit: 'items',
    meaning:
      'Different framings that are kept ready; one more empties the set, and they are made again when needed.',
  },
  drain: {
    value: 5_000,
    unit: 'ms',
    meaning: 'Time that a stopping gateway gives to what was read to reach the bus.',
  },
});
