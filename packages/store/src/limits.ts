import { defineLimits } from '@fairlead/core';
import { historyLimits } from './history-limits.ts';

/** The overall bound of items that only an administrator can add. */
const ADMINISTRATOR =
  '`store.databaseSize` on disk; in memory `store.devicesCached`, `store.subDevicesCached` and `store.profilesCached`';

export const storeLimits = defineLimits('store', {
  lockWait: {
    value: 500,
    unit: 'ms',
    meaning:
      'Time to wait at startup for another process to release the database. Then startup fails with STORE_LOCKED.',
  },
  copyPages: {
    value: 200,
    unit: 'items',
    meaning: 'Pages of the database that a backup copies at a time, while other work waits for the database.',
  },
  databaseSize: {
    value: 2 ** 34,
    unit: 'bytes',
    meaning:
      'Largest size of the database file. Beyond it, writes fail with STORE_FAILED until data is removed.',
    option: 'maxSize',
  },
  valueDepth: {
    value: 256,
    unit: 'items',
    meaning:
      'Levels of nesting in a message from which latest values are taken. Values of a message with more levels are not stored.',
  },
  flushInterval: {
    value: 1_000,
    unit: 'ms',
    meaning:
      'Interval between writes of latest values, presence and messages. A crash loses at most the data since the last write.',
  },
  flushSlice: {
    value: 500,
    unit: 'items',
    meaning: 'Rows written in one transaction of a flush.',
  },
  flushTurn: {
    value: 8,
    unit: 'ms',
    meaning: 'Time after which a flush yields to other work of the process. It continues afterwards.',
  },
  retryMax: {
    value: 30_000,
    unit: 'ms',
    meaning:
      'Longest delay between two write attempts after a failure. The delay starts at flushInterval and doubles.',
  },
  messages: {
    value: 100_000,
    unit: 'items',
    meaning: 'Messages in the log. Beyond it, the oldest are deleted.',
    option: 'messages.keep',
  },
  messagePayload: {
    value: 16_384,
    unit: 'bytes',
    meaning:
      'Bytes of a message that the log stores. A longer message is truncated; its full size is stored with it.',
    overAll: '`store.messages` times as many on disk, `store.messagesPendingBytes` in memory',
  },
  messagesPending: {
    value: 10_000,
    unit: 'items',
    meaning: 'Messages waiting to be written to the log. Beyond it, the oldest are dropped and counted.',
  },
  messagesPendingBytes: {
    value: 2 ** 24,
    unit: 'bytes',
    meaning:
      'Payload waiting to be written to the log. Beyond it, the oldest messages are dropped and counted.',
  },
  messagesBatch: {
    value: 1_000,
    unit: 'items',
    meaning:
      'Number of waiting messages at which the log is written at once, without waiting for flushInterval.',
  },
  valueKeys: {
    value: 256,
    unit: 'items',
    meaning:
      'Keys with a latest value per device. Beyond it, the key that was updated longest ago is removed.',
    overAll:
      '`store.valuesDevices` times as many in memory, only of devices that an administrator added and that authenticated; on disk `store.databaseSize`',
  },
  valueSize: {
    value: 4_096,
    unit: 'bytes',
    meaning:
      'JSON text of one latest value, checked in messages larger than this. A larger value is not stored; the key keeps its previous value.',
    overAll: 'see `store.valueKeys`',
  },
  valueKeyLength: {
    value: 256,
    unit: 'items',
    meaning: 'Characters of a key. The value of a longer key is not stored.',
    overAll: 'see `store.valueKeys`',
  },
  valuesPending: {
    value: 32,
    unit: 'items',
    meaning:
      'Messages of one device, each with a different set of keys, that wait to be parsed. With one more, all are parsed.',
    overAll: '`store.valuesPendingBytes`',
  },
  valuesPendingBytes: {
    value: 2 ** 24,
    unit: 'bytes',
    meaning: 'Payload of all devices that waits to be parsed. Beyond it, each message is parsed on arrival.',
  },
  valuesDevices: {
    value: 100_000,
    unit: 'items',
    meaning:
      'Devices whose latest values are kept in memory; others are read on demand. If all of them wait to be written, the one that has waited longest is dropped and counted.',
  },
  valuesBatch: {
    value: 10_000,
    unit: 'items',
    meaning:
      'Number of devices with new values at which they are written at once, without waiting for flushInterval.',
  },
  presencePending: {
    value: 100_000,
    unit: 'items',
    meaning:
      'Devices whose change of presence waits to be written. Beyond it, the one that has waited longest is dropped and counted.',
  },
  devicesCached: {
    value: 20_000,
    unit: 'items',
    meaning: 'Devices kept in memory, so that a fleet can reconnect fast. Others are read from the database.',
  },
  subDevicesCached: {
    value: 20_000,
    unit: 'items',
    meaning:
      'Sub-devices kept in memory, always all of a gateway. Sub-devices of other gateways are read from the database.',
  },
  profilesCached: {
    value: 256,
    unit: 'items',
    meaning: 'Profiles kept in memory. Devices share them.',
  },
  profileVersions: {
    value: 20,
    unit: 'items',
    meaning: 'Versions kept of a named profile. Beyond it, the oldest is removed.',
    overAll: ADMINISTRATOR,
  },
  profileFiles: {
    value: 32,
    unit: 'items',
    meaning: 'Files of a profile.',
    overAll: ADMINISTRATOR,
  },
  profileSize: {
    value: 2 ** 22,
    unit: 'items',
    meaning: 'Characters of all files of a profile together.',
    overAll: ADMINISTRATOR,
  },
  identity: {
    value: 128,
    unit: 'items',
    meaning: "Characters of a device's identity.",
    overAll: ADMINISTRATOR,
  },
  certificates: {
    value: 32,
    unit: 'items',
    meaning: 'What certificates of one device say: names and fingerprints.',
    overAll: ADMINISTRATOR,
  },
  certificate: {
    value: 1_024,
    unit: 'items',
    meaning: 'Characters of one of them.',
    overAll: ADMINISTRATOR,
  },
  rateMin: {
    value: 10,
    unit: 'ms',
    meaning: "Shortest time of a device's own rate.",
    overAll: ADMINISTRATOR,
  },
  rateMax: {
    value: 86_400_000,
    unit: 'ms',
    meaning: "Longest time of a device's own rate.",
    overAll: ADMINISTRATOR,
  },
  secret: {
    value: 1_024,
    unit: 'items',
    meaning: "Characters of a device's secret.",
    overAll: ADMINISTRATOR,
  },
  parameters: {
    value: 65_536,
    unit: 'items',
    meaning: "Characters of the JSON text of a device's parameters.",
    overAll: ADMINISTRATOR,
  },
  parameterDepth: { value: 16, unit: 'items', meaning: "Levels of nesting in a device's parameters." },
  bulkEdit: {
    value: 10_000,
    unit: 'items',
    meaning:
      'Devices that one change by a filter may match. A filter that matches more is refused with DEVICES_TOO_MANY.',
    overAll: 'one change at a time: the process does nothing else meanwhile',
  },
  deviceState: {
    value: 4_096,
    unit: 'bytes',
    meaning:
      'JSON text of what a script keeps of one device across links. A longer one is not stored, and counted.',
    overAll: '`store.statesPending` times as many in memory; on disk `store.databaseSize`',
  },
  statesPending: {
    value: 10_000,
    unit: 'items',
    meaning:
      'Devices whose changed state waits to be written. Beyond it, the one that has waited longest is dropped and counted.',
  },
  inboxEntries: {
    value: 1_000,
    unit: 'items',
    meaning: 'Unknown devices in the inbox. Beyond it, the one that was seen longest ago is removed.',
  },
  inboxEntry: {
    value: 8_192,
    unit: 'items',
    meaning:
      'Characters of the JSON text of an entry of the inbox. Its last frames are left out until it fits.',
    overAll: '`store.inboxEntries` times as many',
  },
  inboxAge: {
    value: 30 * 86_400_000,
    unit: 'ms',
    meaning: 'Time after which an entry of the inbox is removed, counted from when the device was last seen.',
  },
  downlinks: {
    value: 100_000,
    unit: 'items',
    meaning: 'Unfinished downlinks in the ledger, of all devices. Another is refused with DOWNLINKS_FULL.',
  },
  downlinksPerDevice: {
    value: 100,
    unit: 'items',
    meaning: 'Unfinished downlinks of one device in the ledger. Another is refused with DOWNLINKS_FULL.',
    overAll: '`store.downlinks`',
  },
  downlinksFinished: {
    value: 100_000,
    unit: 'items',
    meaning: 'Finished downlinks that the ledger keeps. Beyond it, the oldest are removed.',
  },
  downlinksFinishedAge: {
    value: 30 * 86_400_000,
    unit: 'ms',
    meaning: 'Time after which a finished downlink is removed from the ledger.',
  },
  downlinkTerm: {
    value: 30 * 86_400_000,
    unit: 'ms',
    meaning: 'Longest time that a device may have as keep, window or gap.',
    overAll: ADMINISTRATOR,
  },
  downlinksPrune: {
    value: 60_000,
    unit: 'ms',
    meaning: 'Period in which finished downlinks are removed by their age.',
  },
  ...historyLimits,
  page: {
    value: 1_000,
    unit: 'items',
    meaning: 'Most rows that one list call returns. The caller continues after the last row.',
    overAll: 'one call at a time: a call does not wait',
  },
  importBatch: {
    value: 500,
    unit: 'items',
    meaning:
      'Lines of an import written in one transaction. Between transactions, other work of the process runs.',
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
    value: 262_144,
    unit: 'items',
    meaning: 'Characters of each script of a profile, all its files together.',
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
    meaning: 'Default of inboundBuffer and outboundBuffer of a device.',
    option: 'inboundBuffer, outboundBuffer of a device',
  },
  deviceBufferMax: {
    value: 2 ** 24,
    unit: 'bytes',
    meaning: 'Largest inboundBuffer and outboundBuffer of a device.',
    overAll: 'no memory is reserved: the data of one read is cut into pieces of this size',
  },
  apiTokens: {
    value: 200,
    unit: 'items',
    meaning: 'Tokens of the HTTP API. One more is refused with API_TOKENS_FULL.',
  },
  users: { value: 1_000, unit: 'items', meaning: 'Users. One more is refused with USERS_FULL.' },
  sessionsOfUser: {
    value: 20,
    unit: 'items',
    meaning: 'Sessions of one user at the same time. One more ends the one that was seen longest ago.',
    overAll: '`store.users` times as many',
  },
  sessionIdle: {
    value: 12 * 3_600_000,
    unit: 'ms',
    meaning: 'Time without a request after which a session ends.',
  },
  sessionAge: {
    value: 7 * 86_400_000,
    unit: 'ms',
    meaning: 'Time after which a session ends, however much it is used.',
  },
  audit: {
    value: 50_000,
    unit: 'items',
    meaning:
      'Entries of the audit log about administrators, and as many about everybody else who is known. The oldest are removed.',
    option: 'audit.keep',
  },
  auditAge: {
    value: 365 * 86_400_000,
    unit: 'ms',
    meaning: 'Age at which entries of the audit log are removed.',
    option: 'audit.age',
  },
  auditStrangers: {
    value: 1_000,
    unit: 'items',
    meaning: 'Entries of the audit log about failed attempts to sign in. The oldest are removed.',
  },
  lastUse: {
    value: 60_000,
    unit: 'ms',
    meaning: 'How exactly the last use of a token and of a session is recorded: at most once in this time.',
  },
  settingSize: {
    value: 65_536,
    unit: 'items',
    meaning: "Characters of a setting's JSON text.",
    overAll: ADMINISTRATOR,
  },
});
