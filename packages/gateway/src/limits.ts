import { defineLimits } from '@fairlead/core';
import { dialLimits } from './dial-limits.ts';
import { downlinkLimits } from './downlink-limits.ts';
import { tapLimits } from './tap-limits.ts';
import { turnLimits } from './turn-limits.ts';

export const gatewayLimits = defineLimits('gateway', {
  ...downlinkLimits,
  beforeAuth: {
    value: 4_096,
    unit: 'bytes',
    meaning:
      'Largest packet or token before authentication; a larger one closes the link with FRAME_TOO_LARGE.',
    overAll: '`gateway.handshakes` times as many',
  },
  handshakes: {
    value: 10_000,
    unit: 'items',
    meaning:
      'Unauthenticated links of all listeners. One more closes the oldest of them with HANDSHAKES_FULL.',
  },
  heartbeatsBeforeAuth: {
    value: 16,
    unit: 'items',
    meaning: 'Heartbeats accepted before authentication; one more closes the link with AUTH_REQUIRED.',
    overAll: 'they are counted, not kept',
  },
  detectSilence: {
    value: 200,
    unit: 'ms',
    meaning:
      'On a listener with several protocols: silence after which the surest protocol that fits is taken, although a surer one may still fit.',
    overAll: 'One timer per link; `tcp.sessions` bounds the links.',
  },
  detect: {
    value: 5_000,
    unit: 'ms',
    meaning:
      'Time from the first byte of a link in which its protocol must be known, at most 80 % of limits.handshake. Then PROTOCOL_UNDETECTED.',
    overAll: 'One timer per link; `tcp.sessions` bounds the links.',
  },
  detectShown: {
    value: 256,
    unit: 'bytes',
    meaning: 'First bytes that PROTOCOL_UNDETECTED and the inbox show.',
  },
  keptTotal: {
    value: 64 * 2 ** 20,
    unit: 'bytes',
    meaning:
      'Bytes of frames that all links together may keep until their devices are known. Beyond it, a link that keeps more than an equal share is closed with FRAME_MEMORY_FULL.',
  },
  inboxEntries: {
    value: 1_000,
    unit: 'items',
    meaning:
      'Unknown devices in the inbox. Beyond it, the oldest entry of the address that has most of them is dropped, and its link closes with INBOX_FULL.',
  },
  inboxBytes: {
    value: 16 * 2 ** 20,
    unit: 'bytes',
    meaning:
      'Bytes that waiting unknown devices have sent and that are kept for them. Beyond it, the oldest entry of the address that has most of them is dropped, and its link closes with INBOX_FULL.',
  },
  inboxLinkFrames: {
    value: 64,
    unit: 'items',
    meaning: 'Frames of one waiting device that are kept; beyond it, its socket is not read.',
    overAll: '`gateway.inboxBytes`',
  },
  inboxLinkBytes: {
    value: 65_536,
    unit: 'bytes',
    meaning: 'Bytes of these frames; beyond it, its socket is not read.',
    overAll: '`gateway.inboxBytes`',
  },
  inboxShownFrames: {
    value: 8,
    unit: 'items',
    meaning: 'First frames of an unknown device that the inbox shows.',
    overAll: '`gateway.inboxEntries` times as many',
  },
  inboxShownBytes: {
    value: 256,
    unit: 'bytes',
    meaning: 'First bytes of such a frame that the inbox shows.',
    overAll: '`gateway.inboxEntries` times `gateway.inboxShownFrames` times this',
  },
  inboxHold: {
    value: 3_600_000,
    unit: 'ms',
    meaning: 'Time that an unknown device may wait on its link. Then INBOX_EXPIRED; its entry stays.',
  },
  inboxKeep: {
    value: 7 * 86_400_000,
    unit: 'ms',
    meaning: 'Time after which an entry of the inbox is dropped if the device does not come again.',
  },
  inboxSweep: {
    value: 60_000,
    unit: 'ms',
    meaning: 'Period in which the inbox looks for entries whose time is over.',
  },
  inboxMentions: {
    value: 16,
    unit: 'items',
    meaning: 'Unknown sub-devices of one message that are put into the inbox; others of the message are not.',
    overAll: '`gateway.inboxEntries`',
  },
  refusedParts: {
    value: 16,
    unit: 'items',
    meaning:
      'Parts of one message of a gateway device that are refused by name for one reason; further ones are counted with the last of them.',
    overAll: 'they are counted, not kept',
  },
  created: {
    value: 1_000,
    unit: 'items',
    meaning:
      'Unknown devices that are created within a minute, on listeners with "unknown: create". One more is refused with DEVICES_CREATED_TOO_FAST.',
    option: 'listeners.*.unknown',
  },
  frame: {
    value: 2 ** 20,
    unit: 'bytes',
    meaning:
      'Largest payload of an official packet after authentication. A larger LENGTH closes the link with FRAME_TOO_LARGE.',
    overAll:
      '`tcp.sessions` of each listener times as many, allocated as bytes arrive, for authenticated devices only; `listeners.*.limits.sessions` and `frame` make it less',
    option: 'listeners.*.limits.frame',
  },
  scriptBatches: {
    value: 4,
    unit: 'items',
    meaning:
      "Batches of one device that may be in the sandbox or wait for the bus; at the limit the device's socket is not read.",
    overAll: '`gateway.scriptBytes`, `gateway.scriptWaiting`, and for the bus `gateway.busExcess`',
  },
  scriptCalls: {
    value: 5_000,
    unit: 'items',
    meaning: 'Batches of all devices that may be in the sandbox at once; others are queued.',
  },
  scriptBytes: {
    value: 16 * 2 ** 20,
    unit: 'bytes',
    meaning: 'Bytes of all devices that may be in the sandbox at once; others are queued.',
  },
  deviceStates: {
    value: 64 * 2 ** 20,
    unit: 'bytes',
    meaning:
      'What scripts keep of devices across links (ctx.deviceState), in memory over all devices. Beyond it, that of the device that was silent longest is left to the database, or forgotten without one.',
  },
  scriptWaiting: {
    value: 64 * 2 ** 20,
    unit: 'bytes',
    meaning:
      'Bytes of all devices that may be queued for the sandbox. Above it, a device that has a batch in progress is not read until that batch is done.',
  },
  busExcess: {
    value: 8 * 2 ** 20,
    unit: 'bytes',
    meaning:
      'While the bus asks for a pause, each device is paused after its next chunk. When this many bytes have arrived during the pause, all devices are paused at once.',
  },
  ...turnLimits,
  ...dialLimits,
  refusedFrames: {
    value: 5,
    unit: 'items',
    meaning:
      'Refused messages of one link that are kept for "fairlead link inspect"; the oldest are dropped.',
    overAll: '`gateway.refusedFramesOverAll`, and `gateway.closedLinks` times as many of closed links',
  },
  refusedFramesOverAll: {
    value: 10_000,
    unit: 'items',
    meaning: 'Refused messages of all open links that are kept; the oldest are dropped.',
  },
  refusedFrameBytes: {
    value: 64,
    unit: 'bytes',
    meaning: 'Bytes of a refused message that are kept and, at the log level debug, logged.',
    overAll: '`gateway.refusedFramesOverAll` times this',
  },
  profileCounters: {
    value: 1_000,
    unit: 'items',
    meaning:
      'Profiles that are counted separately in the metrics. Further ones are counted together as "(further)".',
  },
  tracedInJournal: {
    value: 1_000,
    unit: 'items',
    meaning:
      'Traces of messages that are in the journal and not on the bus. Beyond it, the oldest trace ends there.',
  },
  ...tapLimits,
  silenceSweep: {
    value: 1_000,
    unit: 'ms',
    meaning: 'Period in which devices are looked for that are silent for longer than their profiles say.',
  },
  livenessSweep: {
    value: 5_000,
    unit: 'ms',
    meaning:
      'Period in which devices are looked for that do not acknowledge what is written to them; half of `liveness.suspect`, if that is less.',
  },
  livenessCost: {
    value: 20,
    unit: 'items',
    meaning:
      'After each reading of the table of sockets the gateway waits this many times as long as the reading took, so that very many sockets cost at most 5% of one processor.',
  },
  suspect: {
    value: 10_000,
    unit: 'ms',
    meaning: 'Time for which a device may leave unacknowledged what is written to it before it is suspect.',
    option: '`liveness.suspect`',
  },
  dead: {
    value: 60_000,
    unit: 'ms',
    meaning:
      'Time for which a device may leave unacknowledged what is written to it before its link is closed.',
    option: '`liveness.dead`',
  },
  sessionRate: {
    value: 10,
    unit: 'items',
    meaning: 'How many times a second one device may connect, on average. Beyond it, SESSIONS_TOO_FAST.',
    overAll: '`tcp.rateAddresses` devices are counted',
  },
  sessionBurst: {
    value: 100,
    unit: 'items',
    meaning: 'How many times at once one device may connect.',
    overAll: '`tcp.rateAddresses` devices are counted',
  },
  rateDevices: {
    value: 10_000,
    unit: 'items',
    meaning:
      'Devices that have left and whose used rate is remembered, so that they gain nothing when they connect again. The one that left first is forgotten.',
  },
  rateHold: {
    value: 3_600_000,
    unit: 'ms',
    meaning:
      'Longest time for which a device that sends more than its rate is not read; then it is read again, whatever it owes.',
  },
  flapReplacements: {
    value: 3,
    unit: 'items',
    meaning:
      'How many times within flapWindow the link of one device is replaced, or kept against another, before DEVICE_FLAPS is told.',
  },
  flapDevices: {
    value: 10_000,
    unit: 'items',
    meaning: 'Devices of which this is counted; the one whose link was replaced least recently is forgotten.',
  },
  flapWindow: {
    value: 60_000,
    unit: 'ms',
    meaning:
      'Period in which replaced links of one device are counted; DEVICE_FLAPS is logged once in each period.',
  },
  closedLinks: {
    value: 1_000,
    unit: 'items',
    meaning:
      'Closed links of devices that "fairlead link ls" shows, and as many of strangers; the oldest are dropped.',
  },
  refusedLinks: {
    value: 100,
    unit: 'items',
    meaning:
      'Links that "fairlead link ls" shows in addition, because their address or a limit of the listener refused them at once; the oldest are dropped.',
  },
  topics: {
    value: 10_000,
    unit: 'items',
    meaning:
      'Topics of devices that each kind of topic caches; one more empties the cache, and topics are created again when needed.',
  },
  codecs: {
    value: 1_000,
    unit: 'items',
    meaning:
      'Different codecs that each protocol caches; one more empties the cache, and codecs are created again when needed.',
  },
  forwardWindow: {
    value: 64,
    unit: 'items',
    meaning: 'Batches from the journal that are with the bus and not confirmed by it. Then no more are read.',
  },
  forwardRetry: {
    value: 1_000,
    unit: 'ms',
    meaning: 'Delay before messages of the journal are published again when the bus lost its connection.',
  },
  forwardFarewell: {
    value: 1_000,
    unit: 'ms',
    meaning:
      'Time that a stopping gateway waits until the bus has what is in the journal. The rest follows after the next start.',
  },
  drain: {
    value: 5_000,
    unit: 'ms',
    meaning: 'Time that a stopping gateway waits until what it has read has reached the bus.',
  },
});
