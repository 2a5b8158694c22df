import { defineLimits } from '@fairlead/core';

export const indiLimits = defineLimits('indi', {
  element: {
    value: 2 ** 20,
    unit: 'bytes',
    meaning:
      'Largest INDI element that is not a BLOB vector. A larger one is ELEMENT_TOO_LARGE, before it is parsed.',
    option: 'maxElement',
    overAll:
      'A hub reads one element for each of `indi.clients`, and one for each configured driver and chained server; a driver reads one stream.',
  },
  blobElement: {
    value: 64 * 2 ** 20,
    unit: 'bytes',
    meaning:
      'Largest setBLOBVector or newBLOBVector on the wire, base64 included. A larger one is ELEMENT_TOO_LARGE.',
    option: 'maxBlob',
    overAll:
      'A driver reads one stream, and a client has one server. The peers of a hub are `indi.clients` and the configured drivers and servers.',
  },
  blob: {
    value: 256 * 2 ** 20,
    unit: 'bytes',
    meaning: 'Largest BLOB after decompression. A larger one is refused with BLOB_INVALID.',
    option: 'max of blobData()',
    overAll:
      'It is decompressed while its handler runs, and a property runs one handler at a time; `indi.pendingRequestBytes` bounds the waiting, compressed BLOBs.',
  },
  noise: {
    value: 65_536,
    unit: 'bytes',
    meaning: 'Text between two elements; it is skipped. More of it without a break is XML_NO_ELEMENT.',
  },
  depth: {
    value: 16,
    unit: 'items',
    meaning: 'Levels of nested elements. INDI has two; more than this is XML_TOO_DEEP.',
  },
  clients: {
    value: 256,
    unit: 'items',
    meaning: 'Clients of a hub at the same time. One more is closed with TOO_MANY_SESSIONS.',
    overAll: 'it is the sum over all clients',
    option: 'limits.clients of createHub()',
  },
  clientQueue: {
    value: 128 * 2 ** 20,
    unit: 'bytes',
    meaning:
      'Bytes that wait in a hub for one client; equal bytes are shared between clients. Beyond it, BLOBs of streams are dropped, then the client is closed with PEER_TOO_SLOW.',
    overAll: '`indi.clientsQueue`',
    option: 'limits.clientQueue of createHub()',
  },
  streamQueue: {
    value: 5 * 2 ** 20,
    unit: 'bytes',
    meaning:
      'Bytes waiting for one client of a hub. Beyond it, new BLOBs of streams are dropped for this client.',
    overAll: '`indi.clientsQueue`',
    option: 'limits.streamQueue of createHub()',
  },
  driverQueue: {
    value: 128 * 2 ** 20,
    unit: 'bytes',
    meaning:
      'Bytes that wait in a hub for one driver or chained server. Beyond it, the driver is stopped with PEER_TOO_SLOW and restarted; a chained server is reconnected.',
    overAll: 'this much for each configured driver and server; for clients `indi.clientsAhead`',
    option: 'limits.driverQueue of createHub()',
  },
  clientAhead: {
    value: 256 * 2 ** 10,
    unit: 'bytes',
    meaning:
      'Bytes from one client that wait for a slow driver. Beyond it, the client is not read until the driver has caught up (DRIVER_BEHIND).',
    overAll: '`indi.clientsAhead`',
  },
  clientsQueue: {
    value: 256 * 2 ** 20,
    unit: 'bytes',
    meaning:
      'Bytes that wait in a hub for all clients together; shared bytes count once. Beyond it, the client with the most waiting bytes is closed with HUB_FULL, then the next.',
    overAll: 'it is the sum over all clients',
    option: 'limits.clientsQueue of createHub()',
  },
  clientsInput: {
    value: 256 * 2 ** 20,
    unit: 'bytes',
    meaning:
      'Bytes of incomplete elements from all clients of a hub together. Beyond it, the client with the largest incomplete element is closed with HUB_FULL, then the next.',
    overAll: 'it is the sum over all clients',
    option: 'limits.clientsInput of createHub()',
  },
  clientsNames: {
    value: 32 * 2 ** 20,
    unit: 'bytes',
    meaning:
      'Memory for the names of devices and properties that all clients of a hub together requested. Beyond it, the client that uses the most is closed with HUB_FULL, then the next.',
    overAll: 'it is the sum over all clients',
    option: 'limits.clientsNames of createHub()',
  },
  clientsAhead: {
    value: 96 * 2 ** 20,
    unit: 'bytes',
    meaning:
      'Bytes from all clients of a hub together that wait for slow drivers, at most driverQueue. Beyond it, the client that sent the most is closed with HUB_FULL, and its undelivered bytes are dropped.',
    overAll: 'it is the sum over all clients',
    option: 'limits.clientsAhead of createHub()',
  },
  clientsEnded: {
    value: 100,
    unit: 'items',
    meaning:
      'Ended clients of a hub that are still listed with their reason. Beyond it, the oldest are removed.',
    overAll: 'one list for each hub',
  },
  subscriptions: {
    value: 4_096,
    unit: 'items',
    meaning:
      'Devices and properties that one peer of a hub may request by name. One more is TOO_MANY_SUBSCRIPTIONS.',
    overAll: '`indi.clientsNames`; for drivers `indi.subscriptionBytes` for each configured one',
  },
  subscriptionBytes: {
    value: 2 * 2 ** 20,
    unit: 'bytes',
    meaning:
      'Memory for the names of devices and properties that one peer of a hub requested. Beyond it, SUBSCRIPTIONS_TOO_LARGE.',
    overAll: '`indi.clientsNames`',
  },
  name: {
    value: 256,
    unit: 'items',
    meaning:
      'Characters of the name of a device or property in a hub. A client that sends a longer one is closed with INDI_NAME_TOO_LONG; an element of a driver with a longer one is dropped.',
    overAll: '`indi.clientsNames`, `indi.devices`',
  },
  devices: {
    value: 1_024,
    unit: 'items',
    meaning: 'Devices of one driver or chained server. Further devices are ignored: TOO_MANY_DEVICES.',
    overAll: 'this many for each configured driver and server',
  },
  ringEcho: {
    value: 30_000,
    unit: 'ms',
    meaning:
      'Time after the removal of a device during which elements for it from chained servers are ignored. In a ring of servers they are echoes of the elements of this hub.',
    overAll: 'holds no memory',
  },
  restartMin: {
    value: 250,
    unit: 'ms',
    meaning:
      'Upper bound of the first random delay before a driver is restarted or a chained server is reconnected.',
    overAll: 'holds no memory',
    option: 'limits.restartMin of createHub()',
  },
  restartMax: {
    value: 30_000,
    unit: 'ms',
    meaning: 'Largest upper bound of this delay. It doubles with each failure.',
    overAll: 'holds no memory',
    option: 'limits.restartMax of createHub()',
  },
  restartStable: {
    value: 10_000,
    unit: 'ms',
    meaning: 'After a driver ran this long, the delay starts from its minimum again.',
    overAll: 'holds no memory',
    option: 'limits.restartStable of createHub()',
  },
  connectAgainAttempts: {
    value: 20,
    unit: 'items',
    meaning: 'Attempts of a hub to connect a device after its driver started. Then DEVICE_NOT_CONNECTED.',
    overAll: 'holds no memory',
  },
  connectAgainMin: {
    value: 1_000,
    unit: 'ms',
    meaning:
      'Upper bound of the first random delay before a hub tells a driver again to connect its device. It doubles each time.',
    overAll: 'holds no memory',
  },
  connectAgainMax: {
    value: 60_000,
    unit: 'ms',
    meaning:
      'Largest upper bound of the random delay before a hub tells a driver again to connect its device.',
    overAll: 'holds no memory',
  },
  driverGrace: {
    value: 2_000,
    unit: 'ms',
    meaning: 'Time for a driver to exit after the end of its input, and again after SIGTERM, before SIGKILL.',
    overAll: 'holds no memory',
    option: 'limits.driverGrace of createHub()',
  },
  driverSilence: {
    value: 30_000,
    unit: 'ms',
    meaning:
      'Silence after which a driver counts as hanging. A driver made with the kit sends six heartbeats in this time; without them it is stopped with DRIVER_HANGS and restarted. Other drivers that were asked for their properties get the warning DRIVER_SILENT.',
    overAll: 'holds no memory',
    option: 'limits.driverSilence of createHub()',
  },
  logLine: {
    value: 4_096,
    unit: 'bytes',
    meaning: "Longest logged line of a driver's stderr. The rest of a line is cut off.",
    overAll: 'one line for each configured driver',
  },
  properties: {
    value: 65_536,
    unit: 'items',
    meaning: 'Properties that a client keeps. Further definitions are ignored.',
    overAll: 'A client has one server.',
  },
  watchQueue: {
    value: 10_000,
    unit: 'items',
    meaning: 'Changes that wait for one watcher of a client. Beyond it, the watch ends with WATCH_OVERFLOW.',
    overAll: 'The program that owns the client starts each watch itself.',
  },
  // --- drivers
  pendingRequests: {
    value: 64,
    unit: 'items',
    meaning: 'Requests for one property that wait while its handler runs. One more is refused with Alert.',
    overAll:
      '`indi.pendingRequestBytes`; a driver declares its properties itself, and all clients share the queue of a property.',
  },
  pendingRequestBytes: {
    value: 128 * 2 ** 20,
    unit: 'bytes',
    meaning:
      'Texts and BLOBs of the requests that wait or run, over all properties of a device. A request that would exceed it while others wait is refused with Alert.',
    overAll: 'A driver has as many devices as its author gave it.',
  },
  output: {
    value: 128 * 2 ** 20,
    unit: 'bytes',
    meaning: 'Output of a driver that nothing has read yet. Beyond it, the driver exits with OUTPUT_STUCK.',
  },
  earlyMessages: {
    value: 100,
    unit: 'items',
    meaning: 'Messages that a device keeps until the first client connects. Later ones are dropped.',
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
    meaning: 'Bytes that one run of a driver writes to its log file. Then logging to the file stops.',
    overAll: 'A driver has as many devices as its author gave it.',
  },
  readAgain: {
    value: 5_000,
    unit: 'ms',
    meaning:
      'Delay before a weather station or sensor that could not be read is read again, unless its period is shorter.',
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
    meaning: 'Time for a device to answer one command. Then REPLY_TIMEOUT, and the device is reconnected.',
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
      'Optional commands for which the driver remembers whether the device supports them. Beyond it, the oldest is forgotten and tried again.',
    overAll: 'A connection belongs to one device, which its author declares.',
  },
  unread: {
    value: 256,
    unit: 'items',
    meaning:
      'Unsolicited frames of a device that the driver has not received yet. Beyond it, the oldest are dropped.',
    overAll: '`indi.unreadBytes`',
  },
  unreadBytes: {
    value: 1_048_576,
    unit: 'bytes',
    meaning:
      'Unsolicited frames of a device that the driver has not received yet, as received. Beyond it, the oldest are dropped; the newest stays.',
    overAll: 'A device has one link at a time; the newest frame is bounded by the codec of the driver.',
  },
  connectAttempts: {
    value: 3,
    unit: 'items',
    meaning:
      'Attempts to connect a device that does not answer, until a client sets CONNECTION_RETRY. Then CONNECTION is Alert.',
    option: 'retry.attempts',
  },
  connectDelay: {
    value: 2_000,
    unit: 'ms',
    meaning: 'Delay between these attempts, until a client sets CONNECTION_RETRY.',
    option: 'retry.delay',
  },
  reconnectMin: {
    value: 1_000,
    unit: 'ms',
    meaning:
      'Upper bound of the first random delay before a lost device is reconnected. It doubles each time.',
    option: 'reconnect.min',
  },
  reconnectMax: {
    value: 30_000,
    unit: 'ms',
    meaning: 'Largest upper bound of the random delay before reconnecting.',
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
    meaning: 'Bytes that may wait for a device that does not read. Beyond it, WRITE_BUFFER_FULL.',
    overAll: 'A device has one link at a time, and a driver as many devices as its author gave it.',
  },
  closeGrace: {
    value: 1_000,
    unit: 'ms',
    meaning: 'Time for a closing connection to send waiting data.',
  },
  serialPorts: {
    value: 32,
    unit: 'items',
    meaning: 'Serial ports of this machine that are listed and searched. Further ports are ignored.',
  },
  lanProbe: {
    value: 1_000,
    unit: 'ms',
    meaning: 'Time to try one address in the search for a device.',
  },
  lanParallel: {
    value: 64,
    unit: 'items',
    meaning: 'Addresses that the search for a device tries at the same time.',
  },
  lanAddresses: {
    value: 1_024,
    unit: 'items',
    meaning: "Addresses of one network that are searched, around this machine's address.",
  },
});
