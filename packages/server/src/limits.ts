import { defineLimits } from '@fairlead/core';

export const serverLimits = defineLimits('server', {
  configFile: {
    value: 2 ** 20,
    unit: 'bytes',
    meaning: 'Largest configuration file, and largest file with a secret, that is read.',
  },
  body: {
    value: 2 ** 20,
    unit: 'bytes',
    meaning:
      'Largest body of a request, and largest line of an import. A larger one is refused with BODY_TOO_LARGE.',
    overAll:
      '`server.httpConnections` times this; a body is read only after the token of its request was accepted',
  },
  profileBody: {
    value: 2 ** 23,
    unit: 'bytes',
    meaning: 'Largest body of a request that adds a profile. A larger one is refused with BODY_TOO_LARGE.',
    overAll: 'see `server.body`',
  },
  bodyDepth: {
    value: 256,
    unit: 'items',
    meaning:
      'Levels of nesting in the JSON of a request and of a line of an import. Deeper nesting is refused with REQUEST_INVALID.',
    overAll: 'see `server.body`',
  },
  backupChunk: { value: 2 ** 18, unit: 'bytes', meaning: 'Bytes of a backup that are read at a time.' },
  backupMargin: {
    value: 2 ** 26,
    unit: 'bytes',
    meaning:
      'Free space that a backup leaves on the disk of the data folder, beside its copy of the database. With less, it ends with BACKUP_FAILED.',
  },
  backupIdle: {
    value: 60_000,
    unit: 'ms',
    meaning: 'Longest time in which a client takes nothing of a backup. Then the backup is given up.',
  },
  backupManifest: {
    value: 2 ** 24,
    unit: 'bytes',
    meaning: 'Largest list of files in a backup. A backup with a longer one is refused with BACKUP_INVALID.',
  },
  importAnswers: {
    value: 2 ** 24,
    unit: 'bytes',
    meaning: 'Answers of an import that the client has not read yet. Beyond it, no further lines are read.',
    overAll: '`server.imports` times this',
  },
  imports: {
    value: 4,
    unit: 'items',
    meaning: 'Imports of devices at the same time. One more is refused with TOO_MANY_IMPORTS.',
  },
  replays: {
    value: 2,
    unit: 'items',
    meaning: 'Replays of captures at the same time. One more is refused with REPLAYS_FULL.',
  },
  replayIdle: {
    value: 30_000,
    unit: 'ms',
    meaning: 'Time after which a replay ends whose client takes nothing of it.',
  },
  traceQueue: {
    value: 4_096,
    unit: 'items',
    meaning: 'Spans that wait for their collector. Further ones are dropped and counted.',
  },
  traceBatch: { value: 512, unit: 'items', meaning: 'Spans in one request to their collector.' },
  traceInterval: { value: 1_000, unit: 'ms', meaning: 'Time that a span waits at most before it is sent.' },
  traceTimeout: {
    value: 5_000,
    unit: 'ms',
    meaning: 'Time in which the collector must answer. Otherwise the spans of the request are dropped.',
  },
  traceFarewell: {
    value: 1_000,
    unit: 'ms',
    meaning: 'Time in which the spans that wait are sent when the service stops.',
  },
  traceValue: { value: 256, unit: 'items', meaning: 'Characters of a value of a span. Longer ones are cut.' },
  driverAnswer: {
    value: 30_000,
    unit: 'ms',
    meaning:
      'Time to wait for the answer of a driver to a command from the bus, in order to report a refusal.',
  },
  driverAnswers: {
    value: 256,
    unit: 'items',
    meaning:
      'Driver answers awaited at the same time. Beyond it, a refusal shows only in the state of the property.',
  },
  driverFarewell: {
    value: 2_000,
    unit: 'ms',
    meaning: 'Time to clear the retained properties of drivers on the bus when the service stops.',
  },
  filterSlice: {
    value: 500,
    unit: 'items',
    meaning: 'Entries of a list that are compared with a filter at once, before other work goes on.',
  },
  captures: {
    value: 50,
    unit: 'items',
    meaning: 'Captures whose files are kept. One more is refused with CAPTURES_FULL until one is removed.',
  },
  capturePending: {
    value: 2 ** 22,
    unit: 'bytes',
    meaning:
      'Lines of a capture that wait for the disk. Beyond it, events are left out of the capture, and a line says how many.',
    overAll: '`gateway.taps` times this',
  },
  streams: {
    value: 100,
    unit: 'items',
    meaning: 'Live streams at the same time. One more is refused with TOO_MANY_STREAMS.',
  },
  streamBuffer: {
    value: 2 ** 20,
    unit: 'bytes',
    meaning:
      'Bytes that wait for the reader of a live stream. Beyond it, the reader goes on from the kept events (streamRing) when it has caught up.',
    overAll: '`server.streams` times this',
  },
  streamRing: {
    value: 2 ** 22,
    unit: 'bytes',
    meaning:
      'Events of the live stream that are kept for readers that were away or are slow. What was dropped from there is missed, and the reader is told how many.',
  },
  streamResume: {
    value: 60_000,
    unit: 'ms',
    meaning: 'Time after the last reader of the live stream left, in which events are kept for its return.',
  },
  streamKeepAlive: {
    value: 15_000,
    unit: 'ms',
    meaning: 'Interval of the comments on a live stream that keep proxies from closing it.',
  },
  liveRing: {
    value: 2 ** 23,
    unit: 'bytes',
    meaning:
      'Events of the topics of `GET /api/v1/live` that are kept for readers that were away or are slow. What was dropped from there leads to a "reset".',
  },
  liveRecords: {
    value: 2 ** 22,
    unit: 'bytes',
    meaning: 'Records of one topic that are kept, so that skipped ones can be loaded.',
    overAll: '`server.liveRecordTopics` times this',
  },
  liveRecordTopics: {
    value: 64,
    unit: 'items',
    meaning:
      'Topics with records (messages, wire, log) that are watched. One more is refused with LIVE_TOPICS_FULL.',
  },
  liveTopicsOverAll: {
    value: 1_000,
    unit: 'items',
    meaning: 'Topics of all live streams that are watched. One more is refused with LIVE_TOPICS_FULL.',
  },
  liveRecordRate: {
    value: 5_000,
    unit: 'items',
    meaning:
      'Records of one topic that pass in a second. Further ones are skipped as one run, and can be loaded.',
  },
  liveRecordBytes: {
    value: 2 ** 20,
    unit: 'bytes',
    meaning: 'Bytes of records of one topic that pass in a second; see liveRecordRate.',
  },
  liveBatch: { value: 100, unit: 'ms', meaning: 'Interval at which live streams are sent what is new.' },
  liveLook: {
    value: 500,
    unit: 'ms',
    meaning: 'Interval at which the value of a watched topic is compared with the one that was sent.',
  },
  liveHeartbeat: { value: 5_000, unit: 'ms', meaning: 'Interval of the heartbeats of a live stream.' },
  authFailures: {
    value: 20,
    unit: 'items',
    meaning:
      'Wrong tokens from one address (IPv6: one /64) within authWindow. Further wrong tokens are answered with TOO_MANY_FAILURES.',
    overAll: '`server.authAddresses`',
  },
  authWindow: { value: 60_000, unit: 'ms', meaning: 'Time after which wrong tokens are forgotten.' },
  authAddresses: {
    value: 10_000,
    unit: 'items',
    meaning: 'Addresses whose wrong tokens are counted. The address that was counted longest ago is removed.',
  },
  signInBody: {
    value: 4_096,
    unit: 'bytes',
    meaning:
      'Largest body of a request to sign in, which is read without a token. A larger one is refused with BODY_TOO_LARGE.',
    overAll: '`server.httpConnections` times this',
  },
  signInFailures: {
    value: 30,
    unit: 'items',
    meaning:
      'Attempts to sign in from one address (IPv6: one /64) that fail within signInWindow. Further ones are refused with SIGN_IN_LOCKED.',
    overAll: '`server.authAddresses`',
  },
  signInFailuresOfUser: {
    value: 10,
    unit: 'items',
    meaning:
      'Attempts to sign in as one user that fail within signInWindow. Further ones are refused with SIGN_IN_LOCKED. An address where the user is signed in is counted apart.',
    overAll: '`server.authAddresses`',
  },
  signInWindow: {
    value: 900_000,
    unit: 'ms',
    meaning: 'Time from the first failed attempt to sign in until they are forgotten.',
  },
  derivations: {
    value: 2,
    unit: 'items',
    meaning: 'Passwords that are checked at the same time. Each takes 64 MiB and one thread.',
  },
  derivationsWaiting: {
    value: 32,
    unit: 'items',
    meaning: 'Passwords that wait to be checked. One more is refused with SIGN_IN_BUSY.',
  },
  passwordMin: { value: 10, unit: 'items', meaning: 'Fewest characters of a password.' },
  signInCodes: {
    value: 100,
    unit: 'items',
    meaning: 'Sign-in links that were not used yet. One more ends the oldest.',
  },
  signInCodeAge: {
    value: 600_000,
    unit: 'ms',
    meaning: 'Time after which a sign-in link does not sign in any more.',
  },
  auditValue: {
    value: 512,
    unit: 'items',
    meaning: 'Characters of a value in the audit log, as JSON. A longer one is described by its length.',
    overAll: '`server.auditChanges` for each entry',
  },
  auditChanges: {
    value: 4_096,
    unit: 'items',
    meaning:
      'Characters of all changes in one entry of the audit log, as JSON. The largest fields are left out.',
    overAll: 'the number of entries, see `store.audit`',
  },
  expiryCheck: {
    value: 30_000,
    unit: 'ms',
    meaning:
      'Interval at which open answers, such as live streams, are checked for tokens that have expired since. They are closed.',
  },
  downlinkWait: {
    value: 300_000,
    unit: 'ms',
    meaning: 'Longest time to wait until a downlink is written.',
    overAll: '`server.httpConnections` bounds the waiting requests',
    option: 'wait of a downlink',
  },
  downlinkWaitDefault: {
    value: 30_000,
    unit: 'ms',
    meaning: 'Time to wait for what "until" of a downlink says, if there is no "wait".',
    overAll: '`server.httpConnections` bounds the waiting requests',
    option: 'wait of a downlink',
  },
  logLines: {
    value: 10,
    unit: 'items',
    meaning:
      'Log lines with one code about one device or one address (IPv6: one /64) within logPeriod. Further lines are counted, and one line reports their number.',
    overAll:
      '`server.logLinesOverAll`; the number of devices, triggers and the like bounds the lines about them',
  },
  logLinesOverAll: {
    value: 100,
    unit: 'items',
    meaning:
      'Log lines with one code about peers that are not registered devices, within logPeriod. Further lines are counted, and one line reports their number.',
  },
  logKeys: {
    value: 10_000,
    unit: 'items',
    meaning:
      'Pairs of code and peer whose lines are counted separately within logPeriod. Lines of other peers are counted per code.',
  },
  logPeriod: {
    value: 60_000,
    unit: 'ms',
    meaning: 'Period in which log lines are counted. At its end, one line reports how many were suppressed.',
  },
  descriptorCheck: {
    value: 1_000,
    unit: 'ms',
    meaning:
      'Interval of the check for a free file descriptor. If there is none, OUT_OF_DESCRIPTORS is logged.',
  },
  certificateCheck: {
    value: 10_000,
    unit: 'ms',
    meaning: 'Time between two checks whether a file with a certificate or a key has changed.',
  },
  httpConnections: {
    value: 1_000,
    unit: 'items',
    meaning:
      'Connections to the HTTP API at the same time. One more closes the oldest unauthenticated connection.',
  },
  httpPerAddress: {
    value: 500,
    unit: 'items',
    meaning:
      'Unauthenticated connections to the HTTP API from one address (IPv6: one /64). One more closes the oldest of them.',
    overAll: '`server.httpConnections`',
  },
  httpReserve: {
    value: 16,
    unit: 'items',
    meaning:
      'Further connections to the HTTP API when all httpConnections are authenticated. Only /healthz and /readyz are answered on them; other requests are refused with TOO_MANY_CONNECTIONS. One more closes the oldest of them.',
  },
  thingspanelConnections: {
    value: 100,
    unit: 'items',
    meaning: 'Connections of ThingsPanel to each of the ports that it calls. More are closed at once.',
  },
  httpHead: {
    value: 10_000,
    unit: 'ms',
    meaning:
      'Time from the start of a connection until the head of a request has arrived. Then the connection is closed.',
    overAll: '`server.httpConnections`',
  },
  httpHeadSize: {
    value: 16_384,
    unit: 'bytes',
    meaning: 'Largest head of a request. A larger head is answered with status 431.',
    overAll: '`server.httpConnections` times this',
  },
  explainsWaiting: {
    value: 8,
    unit: 'items',
    meaning:
      'Requests for explanations that wait while another is answered; one more is refused with EXPLAIN_BUSY.',
  },
  explainFrames: {
    value: 16,
    unit: 'items',
    meaning: 'Frames of one request that are explained; further ones are decoded only.',
  },
  httpCheck: {
    value: 1_000,
    unit: 'ms',
    meaning: 'Interval at which connections to the HTTP API are checked for httpHead and httpRequest.',
  },
  httpRequest: {
    value: 600_000,
    unit: 'ms',
    meaning: 'Time for a complete request to arrive, including an import. Then the connection is closed.',
    overAll: '`server.httpConnections`',
  },
  httpIdle: {
    value: 72_000,
    unit: 'ms',
    meaning: 'Idle time after which a connection to the HTTP API is closed.',
    overAll: '`server.httpConnections`',
  },
});
