import { defineLimits } from '@fairlead/tcp';

export const indiLimits = defineLimits('indi', {
  element: {
    value: 2 ** 20,
    unit: 'bytes',
    meaning:
      'Largest INDI element that is no BLOB vector. A larger one is ELEMENT_TOO_LARGE before it is parsed.',
    option: 'maxElement',
  },
  blobElement: {
    value: 64 * 2 ** 20,
    unit: 'bytes',
    meaning:
      'Largest setBLOBVector or newBLOBVector as it is on the wire, base64 included. A larger one is ELEMENT_TOO_LARGE.',
    option: 'maxBlob',
  },
  blob: {
    value: 256 * 2 ** 20,
    unit: 'bytes',
    meaning: 'Largest BLOB after decompression. A larger one is refused with BLOB_INVALID.',
    option: 'max of blobData()',
  },
  noise: {
    value: 65_536,
    unit: 'bytes',
    meaning: 'Text between two elements, which is skipped. More of it in a row is XML_NO_ELEMENT.',
  },
  depth: {
    value: 16,
    unit: 'items',
    meaning: 'Nested elements. INDI has two levels; more than this is XML_TOO_DEEP.',
  },
  // --- drivers
  wishes: {
    value: 64,
    unit: 'items',
    meaning: 'Changes of one property that wait while its handler runs. One more is refused with Alert.',
  },
  output: {
    value: 128 * 2 ** 20,
    unit: 'bytes',
    meaning: 'What a driver has said and nobody has read. Beyond it the driver ends with OUTPUT_STUCK.',
  },
  configFile: {
    value: 4 * 2 ** 20,
    unit: 'bytes',
    meaning: 'Largest configuration file. A larger one is CONFIG_INVALID.',
  },
  logFile: {
    value: 10 * 2 ** 20,
    unit: 'bytes',
    meaning: 'What one run of a driver writes into its log file. Then it writes no more.',
  },
  // --- connections
  connect: {
    value: 5_000,
    unit: 'ms',
    meaning: 'Time to open the connection to a device. Then CONNECT_TIMEOUT.',
    option: 'connectTimeout',
  },
  handshake: {
    value: 15_000,
    unit: 'ms',
    meaning: 'Time for the handshake with a device. Then HANDSHAKE_TIMEOUT.',
    option: 'handshakeTimeout',
  },
  reply: {
    value: 5_000,
    unit: 'ms',
    meaning:
      "Time for a device's answer to one command. Then REPLY_TIMEOUT, and the connection is made anew.",
    option: 'requestTimeout',
  },
  requests: {
    value: 256,
    unit: 'items',
    meaning: 'Commands that wait for their turn. One more is refused with REQUESTS_FULL.',
  },
  unread: {
    value: 256,
    unit: 'items',
    meaning: 'Frames of a device that nobody asked for and nobody has received; the oldest give way.',
  },
  reconnectMin: {
    value: 1_000,
    unit: 'ms',
    meaning:
      'Upper end of the first random wait before a lost device is connected again; it doubles each time.',
    option: 'reconnect.min',
  },
  reconnectMax: {
    value: 30_000,
    unit: 'ms',
    meaning: 'Upper end that the random wait before connecting again grows to.',
    option: 'reconnect.max',
  },
  keepAlive: {
    value: 10_000,
    unit: 'ms',
    meaning: 'Silence after which the operating system probes a device.',
    option: 'keepAlive',
  },
  writeBuffer: {
    value: 2 ** 20,
    unit: 'bytes',
    meaning: 'Bytes that may wait for a device that does not read. Beyond it WRITE_BUFFER_FULL.',
  },
  closeGrace: {
    value: 1_000,
    unit: 'ms',
    meaning: 'Time that a connection being closed has to send what waits.',
  },
  lanProbe: {
    value: 1_000,
    unit: 'ms',
    meaning: 'Time for each address that the search for a device tries.',
  },
  lanParallel: {
    value: 64,
    unit: 'items',
    meaning: 'Addresses that the search for a device tries at a time.',
  },
  lanAddresses: {
    value: 1_024,
    unit: 'items',
    meaning: "Addresses of one network that are searched, around this machine's own.",
  },
});
