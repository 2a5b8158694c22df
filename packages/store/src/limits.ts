import { defineLimits } from '@fairlead/core';

/** Of what only an administrator can add. */
const ADMINISTRATOR =
  '`store.databaseSize` on the disk; in memory `store.devicesCached`, `store.subDevicesCached` and `store.profilesCached`';

export const storeLimits = defineLimits('store', {
  lockWait: {
    value: 500,
    unit: 'ms',
    meaning:
      'Time to wait at start for another process to let go of the database. Then the start fails with STORE_LOCKED.',
  },
  databaseSize: {
    value: 2 ** 34,
    unit: 'bytes',
    meaning:
      'Size that the database file may grow to. Beyond it writing fails with STORE_FAILED until something is removed.',
    option: 'maxSize',
  },
  valueDepth: {
    value: 256,
    unit: 'items',
    meaning:
      'Levels of nesting in a message from which latest values are taken. Those of a deeper one are not kept.',
  },
  flushInterval: {
    value: 1_000,
    unit: 'ms',
    meaning:
      'Time after which latest values, presence and messages are written. A crash loses at most what came since.',
  },
  flushSlice: {
    value: 500,
    unit: 'items',
    meaning: 'Rows written in one transaction of a flush.',
  },
  flushTurn: {
    value: 8,
    unit: 'ms',
    meaning: 'Time after which a flush lets other work of the process have its turn, and goes on after it.',
  },
  retryMax: {
    value: 30_000,
    unit: 'ms',
    meaning:
      'Longest wait between two attempts to write after a failure; it starts at flushInterval and doubles.',
  },
  messages: {
    value: 100_000,
    unit: 'items',
    meaning: 'Messages in the log. The oldest leave.',
    option: 'messages.keep',
  },
  messagePayload: {
    value: 16_384,
    unit: 'bytes',
    meaning: 'Bytes of a message that the log keeps. A longer one is kept cut, with its full size beside it.',
    overAll: '`store.messages` times as many on the disk, `store.messagesPendingBytes` in memory',
  },
  messagesPending: {
    value: 10_000,
    unit: 'items',
    meaning: 'Messages waiting to be written to the log. Beyond it the oldest are dropped and counted.',
  },
  messagesPendingBytes: {
    value: 2 ** 24,
    unit: 'bytes',
    meaning:
      'Payload waiting to be written to the log. Beyond it the oldest messages are dropped and counted.',
  },
  messagesBatch: {
    value: 1_000,
    unit: 'items',
    meaning: 'Waiting messages from which on the log is written at once, without waiting for flushInterval.',
  },
  valueKeys: {
    value: 256,
    unit: 'items',
    meaning:
      'Keys with a latest value per device. One more, and the key that was updated longest ago leaves.',
    overAll:
      '`store.valuesDevices` times as many in memory, of devices that an administrator added and that have shown their token; on the disk `store.databaseSize`',
  },
  valueSize: {
    value: 4_096,
    unit: 'bytes',
    meaning:
      'JSON text of one latest value, looked at in messages larger than this. A larger value is not kept as latest; the key keeps the one it had.',
    overAll: 'see `store.valueKeys`',
  },
  valueKeyLength: {
    value: 256,
    unit: 'items',
    meaning: 'Characters of a key. The value of a longer key is not kept as latest.',
    overAll: 'see `store.valueKeys`',
  },
  valuesPending: {
    value: 32,
    unit: 'items',
    meaning:
      'Messages of one device, each of another shape, that wait unparsed. One more, and all are parsed.',
    overAll: '`store.valuesPendingBytes`',
  },
  valuesPendingBytes: {
    value: 2 ** 24,
    unit: 'bytes',
    meaning: 'Payload waiting unparsed over all devices. Beyond it each message is parsed as it comes.',
  },
  valuesDevices: {
    value: 100_000,
    unit: 'items',
    meaning:
      'Devices whose latest values are held in memory; others are read when asked for. Where all of them wait to be written, the one that waits longest is dropped and counted.',
  },
  valuesBatch: {
    value: 10_000,
    unit: 'items',
    meaning:
      'Devices with new values from which on they are written at once, without waiting for flushInterval.',
  },
  presencePending: {
    value: 100_000,
    unit: 'items',
    meaning:
      'Devices whose change of presence waits to be written. Beyond it the one that waits longest is dropped and counted.',
  },
  devicesCached: {
    value: 20_000,
    unit: 'items',
    meaning: 'Devices held in memory, ready for a reconnecting fleet. Others are read from the database.',
  },
  subDevicesCached: {
    value: 20_000,
    unit: 'items',
    meaning:
      'Sub-devices held in memory, by whole gateways; those of other gateways are read from the database.',
  },
  profilesCached: {
    value: 256,
    unit: 'items',
    meaning: 'Profiles held in memory for devices to share.',
  },
  page: {
    value: 1_000,
    unit: 'items',
    meaning: 'Rows that one call of a list returns at most; the caller goes on after the last.',
    overAll: 'one call at a time: it does not wait for anything',
  },
  importBatch: {
    value: 500,
    unit: 'items',
    meaning: 'Lines of an import written in one transaction, before other work of the process has its turn.',
    overAll: '`server.imports` times as many',
  },
  label: { value: 256, unit: 'items', meaning: 'Characters of a label.', overAll: ADMINISTRATOR },
  address: {
    value: 256,
    unit: 'items',
    meaning: "Characters of a sub-device's address.",
    overAll: ADMINISTRATOR,
  },
  token: { value: 512, unit: 'bytes', meaning: 'Length of an imported token.', overAll: ADMINISTRATOR },
  framing: {
    value: 16_384,
    unit: 'items',
    meaning: "Characters of a profile's framing.",
    overAll: ADMINISTRATOR,
  },
  script: {
    value: 65_536,
    unit: 'items',
    meaning: 'Characters of each script of a profile.',
    overAll: ADMINISTRATOR,
  },
  reply: {
    value: 1_024,
    unit: 'bytes',
    meaning: "Bytes of a profile's authReply and of its ack.",
    overAll: ADMINISTRATOR,
  },
  deviceBuffer: {
    value: 1_024,
    unit: 'bytes',
    meaning: 'inboundBuffer and outboundBuffer of a device that names none.',
    option: 'inboundBuffer, outboundBuffer of a device',
  },
  deviceBufferMax: {
    value: 2 ** 24,
    unit: 'bytes',
    meaning: 'Largest inboundBuffer and outboundBuffer of a device.',
    overAll:
      'nothing of this size is set aside: a raw stream is cut into pieces of it, from what one read gave',
  },
  settingSize: {
    value: 65_536,
    unit: 'items',
    meaning: "Characters of a setting's JSON text.",
    overAll: ADMINISTRATOR,
  },
});
