import { defineLimits } from '@fairlead/core';

export const indiLimits = defineLimits('indi', {
  element: {
    value: 2 ** 20,
    unit: 'bytes',
    meaning:
      'Largest INDI element that is no BLOB vector. A larger one is ELEMENT_TOO_LARGE before it is parsed.',
    option: 'maxElement',
    overAll:
      'A hub reads one element for each of `indi.clients`, and one for each driver and chained server of its configuration; a driver reads one stream.',
  },
  blobElement: {
    value: 64 * 2 ** 20,
    unit: 'bytes',
    meaning:
      'Largest setBLOBVector or newBLOBVector as it is on the wire, base64 included. A larger one is ELEMENT_TOO_LARGE.',
    option: 'maxBlob',
    overAll:
      'A driver reads one stream, and a client has one server. The peers of a hub are `indi.clients`, and the drivers and servers of its configuration.',
  },
  blob: {
    value: 256 * 2 ** 20,
    unit: 'bytes',
    meaning: 'Largest BLOB after decompression. A larger one is refused with BLOB_INVALID.',
    option: 'max of blobData()',
    overAll:
      'It is decompressed while its handler runs, of which a property has one at a time; `indi.pendingRequestBytes` bounds those that wait, compressed.',
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
  clients: {
    value: 256,
    unit: 'items',
    meaning: 'Clients of a hub at the same time. One more is closed with TOO_MANY_SESSIONS.',
    overAll: 'is the bound of the sum',
    option: 'limits.clients of createHub()',
  },
  clientQueue: {
    value: 128 * 2 ** 20,
    unit: 'bytes',
    meaning:
      'Bytes that wait in a hub for one client, shared with other clients where they are the same. Beyond it BLOBs of streams are dropped, then the client is closed with PEER_TOO_SLOW.',
    overAll: '`indi.clientsQueue`',
    option: 'limits.clientQueue of createHub()',
  },
  streamQueue: {
    value: 5 * 2 ** 20,
    unit: 'bytes',
    meaning: 'Bytes waiting for one client of a hub from which on new BLOBs of streams are dropped for it.',
    overAll: '`indi.clientsQueue`',
    option: 'limits.streamQueue of createHub()',
  },
  driverQueue: {
    value: 128 * 2 ** 20,
    unit: 'bytes',
    meaning:
      'Bytes that wait in a hub for one driver or chained server. Beyond it the driver is ended with PEER_TOO_SLOW and started again, the server connected to again.',
    overAll:
      'so much for each driver and server that the configuration names; of clients `indi.clientsAhead`',
    option: 'limits.driverQueue of createHub()',
  },
  clientAhead: {
    value: 256 * 2 ** 10,
    unit: 'bytes',
    meaning:
      'What one client may have sent to a driver that is behind. Beyond it the client is not read until the driver has caught up (DRIVER_BEHIND).',
    overAll: '`indi.clientsAhead`',
  },
  clientsQueue: {
    value: 256 * 2 ** 20,
    unit: 'bytes',
    meaning:
      'Bytes that wait in a hub for all clients together; what waits for several counts once. Beyond it the client for which most waits is closed with HUB_FULL, then the next.',
    overAll: 'is the bound of the sum',
    option: 'limits.clientsQueue of createHub()',
  },
  clientsInput: {
    value: 256 * 2 ** 20,
    unit: 'bytes',
    meaning:
      'Bytes of elements that clients of a hub have begun to send and not ended, of all clients together. Beyond it the client that has sent most of one is closed with HUB_FULL, then the next.',
    overAll: 'is the bound of the sum',
    option: 'limits.clientsInput of createHub()',
  },
  clientsNames: {
    value: 32 * 2 ** 20,
    unit: 'bytes',
    meaning:
      'What the devices and properties occupy that all clients of a hub together have asked for by name. Beyond it the client that has asked for most is closed with HUB_FULL, then the next.',
    overAll: 'is the bound of the sum',
    option: 'limits.clientsNames of createHub()',
  },
  clientsAhead: {
    value: 96 * 2 ** 20,
    unit: 'bytes',
    meaning:
      'What all clients of a hub together have sent to drivers that are behind, and no more than driverQueue. Beyond it the client that has sent most is closed with HUB_FULL, and what it has sent and the drivers have not got is dropped.',
    overAll: 'is the bound of the sum',
    option: 'limits.clientsAhead of createHub()',
  },
  clientsEnded: {
    value: 100,
    unit: 'items',
    meaning: 'Clients of a hub that have ended and are still listed with the reason; the oldest leave.',
    overAll: 'one list for each hub',
  },
  subscriptions: {
    value: 4_096,
    unit: 'items',
    meaning:
      'Devices and properties that one peer of a hub may ask for by name. One more is TOO_MANY_SUBSCRIPTIONS.',
    overAll: '`indi.clientsNames`; of drivers `indi.subscriptionBytes` for each that the configuration names',
  },
  subscriptionBytes: {
    value: 2 * 2 ** 20,
    unit: 'bytes',
    meaning:
      'What the devices and properties occupy that one peer of a hub has asked for by name. Beyond it SUBSCRIPTIONS_TOO_LARGE.',
    overAll: '`indi.clientsNames`',
  },
  name: {
    value: 256,
    unit: 'items',
    meaning:
      'Characters of the name of a device or property in a hub. A client with a longer one is closed with INDI_NAME_TOO_LONG; what a driver says with one is dropped.',
    overAll: '`indi.clientsNames`, `indi.devices`',
  },
  devices: {
    value: 1_024,
    unit: 'items',
    meaning: 'Devices of one driver or chained server. What it shows beyond is ignored: TOO_MANY_DEVICES.',
    overAll: 'so many for each driver and server that the configuration names',
  },
  ringEcho: {
    value: 30_000,
    unit: 'ms',
    meaning:
      'Time after a device has gone for which nothing is believed of it that comes over a ring of chained servers: it would be what this one said itself.',
    overAll: 'holds no memory',
  },
  restartMin: {
    value: 250,
    unit: 'ms',
    meaning:
      'Upper end of the first random wait before a driver is started, or a chained server connected to, again.',
    overAll: 'holds no memory',
    option: 'limits.restartMin of createHub()',
  },
  restartMax: {
    value: 30_000,
    unit: 'ms',
    meaning: 'Upper end that this wait grows to; it doubles with each failure.',
    overAll: 'holds no memory',
    option: 'limits.restartMax of createHub()',
  },
  restartStable: {
    value: 10_000,
    unit: 'ms',
    meaning: 'A driver that ran this long lets the waits start from the beginning.',
    overAll: 'holds no memory',
    option: 'limits.restartStable of createHub()',
  },
  connectAgainAttempts: {
    value: 20,
    unit: 'items',
    meaning: 'Attempts of a hub to connect a device after its driver has started. Then DEVICE_NOT_CONNECTED.',
    overAll: 'holds no memory',
  },
  connectAgainMin: {
    value: 1_000,
    unit: 'ms',
    meaning:
      'Upper end of the first random wait of a hub before it tells a driver again to connect its device; it doubles each time.',
    overAll: 'holds no memory',
  },
  connectAgainMax: {
    value: 60_000,
    unit: 'ms',
    meaning:
      'Upper end that the random wait of a hub grows to before it tells a driver again to connect its device.',
    overAll: 'holds no memory',
  },
  driverGrace: {
    value: 2_000,
    unit: 'ms',
    meaning: 'Time that a driver has to exit after the end of its input, then after SIGTERM, before SIGKILL.',
    overAll: 'holds no memory',
    option: 'limits.driverGrace of createHub()',
  },
  driverSilence: {
    value: 30_000,
    unit: 'ms',
    meaning:
      'Silence of a driver after which something is wrong. One made with the kit says six times within it that its event loop runs: it is ended with DRIVER_HANGS and started again. Of others, that were asked for their properties, it is told: DRIVER_SILENT.',
    overAll: 'holds no memory',
    option: 'limits.driverSilence of createHub()',
  },
  logLine: {
    value: 4_096,
    unit: 'bytes',
    meaning: "Longest line of a driver's stderr that is logged; the rest of it is cut off.",
    overAll: 'one line for each driver that the configuration names',
  },
  properties: {
    value: 65_536,
    unit: 'items',
    meaning: 'Properties that a client remembers. Definitions beyond it are ignored.',
    overAll: 'A client has one server.',
  },
  watchQueue: {
    value: 10_000,
    unit: 'items',
    meaning: 'Changes that wait for who watches a client. Beyond it the watch ends with WATCH_OVERFLOW.',
    overAll: 'The program that holds the client begins each watch itself.',
  },
  // --- drivers
  pendingRequests: {
    value: 64,
    unit: 'items',
    meaning: 'Changes of one property that wait while its handler runs. One more is refused with Alert.',
    overAll:
      '`indi.pendingRequestBytes`; a driver declares its properties itself, and all clients share these of a property.',
  },
  pendingRequestBytes: {
    value: 128 * 2 ** 20,
    unit: 'bytes',
    meaning:
      'Texts and BLOBs of the changes that wait or run, over all properties of a device. A change that would exceed it while others wait is refused with Alert.',
    overAll: 'A driver has as many devices as its author gave it.',
  },
  output: {
    value: 128 * 2 ** 20,
    unit: 'bytes',
    meaning: 'What a driver has said and nobody has read. Beyond it the driver ends with OUTPUT_STUCK.',
  },
  earlyMessages: {
    value: 100,
    unit: 'items',
    meaning: 'Messages for people that a device keeps until a client speaks to it; later ones are dropped.',
    overAll: 'A driver has as many devices as its author gave it.',
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
    overAll: 'A driver has as many devices as its author gave it.',
  },
  readAgain: {
    value: 5_000,
    unit: 'ms',
    meaning:
      'Time after which a weather station or sensor that could not be read is read again, if its period is not shorter.',
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
    meaning: 'Commands that wait for their turn. One more is refused with INDI_COMMANDS_FULL.',
    overAll: 'A device has one link at a time, and a driver as many devices as its author gave it.',
  },
  inquiries: {
    value: 256,
    unit: 'items',
    meaning:
      'Optional commands of which it is remembered whether a device answers them. Beyond it the oldest is forgotten, and asked again.',
    overAll: 'A connection is one of a device, which its author declares.',
  },
  unread: {
    value: 256,
    unit: 'items',
    meaning: 'Frames of a device that nobody asked for and nobody has received; the oldest give way.',
    overAll: 'A device has one link at a time; each frame is bounded by the codec of the driver.',
  },
  connectAttempts: {
    value: 3,
    unit: 'items',
    meaning:
      'Attempts to connect a device that is not there yet, until a client sets CONNECTION_RETRY. Then CONNECTION is Alert.',
    option: 'retry.attempts',
  },
  connectDelay: {
    value: 2_000,
    unit: 'ms',
    meaning: 'Wait between these attempts, until a client sets CONNECTION_RETRY.',
    option: 'retry.delay',
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
    overAll: 'A device has one link at a time, and a driver as many devices as its author gave it.',
  },
  closeGrace: {
    value: 1_000,
    unit: 'ms',
    meaning: 'Time that a connection being closed has to send what waits.',
  },
  serialPorts: {
    value: 32,
    unit: 'items',
    meaning: 'Serial ports of this machine that are shown and searched; those beyond it are left out.',
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
