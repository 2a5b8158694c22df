import { defineLimits } from '@fairlead/core';

export const serverLimits = defineLimits('server', {
  configFile: {
    value: 2 ** 20,
    unit: 'bytes',
    meaning: 'Largest configuration file, and largest file of a secret, that is read.',
  },
  body: {
    value: 2 ** 20,
    unit: 'bytes',
    meaning: 'Largest body of a request, and largest line of an import. Beyond it BODY_TOO_LARGE.',
    overAll:
      '`server.httpConnections` times as many; a body is read after the token of its request was accepted',
  },
  bodyDepth: {
    value: 256,
    unit: 'items',
    meaning:
      'Levels of nesting in the JSON of a request, and of a line of an import. Deeper is refused with REQUEST_INVALID.',
    overAll: 'see `server.body`',
  },
  importAnswers: {
    value: 2 ** 24,
    unit: 'bytes',
    meaning: 'Answers of an import that wait for their reader. Beyond it no further lines are read.',
    overAll: '`server.imports` times as many',
  },
  imports: {
    value: 4,
    unit: 'items',
    meaning: 'Imports of devices at the same time. One more is refused with TOO_MANY_IMPORTS.',
  },
  driverAnswer: {
    value: 30_000,
    unit: 'ms',
    meaning: 'How long the answer of a driver to what came over the bus is awaited, to tell of a refusal.',
  },
  driverAnswers: {
    value: 256,
    unit: 'items',
    meaning:
      'Answers of drivers that are awaited at once. Refusals beyond it show in the state of the property alone.',
  },
  driverFarewell: {
    value: 2_000,
    unit: 'ms',
    meaning: 'Time for the bus to take back the retained properties of drivers when the service stops.',
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
      'Bytes that wait for the reader of a live stream. Beyond it messages are left out, and the reader is told how many.',
    overAll: '`server.streams` times as many',
  },
  streamKeepAlive: {
    value: 15_000,
    unit: 'ms',
    meaning: 'A comment is sent on a live stream this often, so that nothing between takes it for dead.',
  },
  authFailures: {
    value: 20,
    unit: 'items',
    meaning:
      'Wrong tokens from one address (of IPv6: one /64) within authWindow. Further ones are answered with TOO_MANY_FAILURES.',
    overAll: '`server.authAddresses`',
  },
  authWindow: { value: 60_000, unit: 'ms', meaning: 'Time after which wrong tokens are forgotten.' },
  authAddresses: {
    value: 10_000,
    unit: 'items',
    meaning: 'Addresses whose wrong tokens are counted; the one counted longest ago leaves.',
  },
  downlinkWait: {
    value: 300_000,
    unit: 'ms',
    meaning: 'Longest wait for a downlink to be written.',
    overAll: 'requests that wait are bounded by `server.httpConnections`',
    option: 'wait of a downlink',
  },
  logLines: {
    value: 10,
    unit: 'items',
    meaning:
      'Lines of the log with one code about one device or one address (of IPv6: one /64) within logPeriod. Further ones are counted, and one line says how many.',
    overAll:
      '`server.logLinesOverAll`; lines about devices, triggers and the like are bounded by their number',
  },
  logLinesOverAll: {
    value: 100,
    unit: 'items',
    meaning:
      'Lines of the log with one code about peers that are no device of ours, within logPeriod. Further ones are counted, and one line says how many.',
  },
  logKeys: {
    value: 10_000,
    unit: 'items',
    meaning:
      'Codes and peers whose lines are counted by themselves within logPeriod; those of others are counted by code.',
  },
  logPeriod: {
    value: 60_000,
    unit: 'ms',
    meaning: 'Time over which lines of the log are counted. At its end one line says how many were left out.',
  },
  descriptorCheck: {
    value: 1_000,
    unit: 'ms',
    meaning:
      'How often it is checked whether a file descriptor is left. None: OUT_OF_DESCRIPTORS in the log.',
  },
  httpConnections: {
    value: 1_000,
    unit: 'items',
    meaning:
      'Connections to the HTTP API at the same time. One more closes the oldest that has not shown the token.',
  },
  httpPerAddress: {
    value: 500,
    unit: 'items',
    meaning:
      'Connections to the HTTP API from one address (of IPv6: one /64) that have not shown the token. One more closes the oldest of them.',
    overAll: '`server.httpConnections`',
  },
  httpReserve: {
    value: 16,
    unit: 'items',
    meaning:
      'Connections to the HTTP API beyond httpConnections, when all of those have shown the token. /healthz and /readyz answer on them; other requests are refused with TOO_MANY_CONNECTIONS. One more closes the oldest of them.',
  },
  httpHead: {
    value: 10_000,
    unit: 'ms',
    meaning:
      'Time for the head of a request to arrive, from the connection on. Then the connection is closed.',
    overAll: '`server.httpConnections`',
  },
  httpHeadSize: {
    value: 16_384,
    unit: 'bytes',
    meaning: 'Largest head of a request. A larger one is answered with the status 431.',
    overAll: '`server.httpConnections` times as many',
  },
  httpCheck: {
    value: 1_000,
    unit: 'ms',
    meaning: 'How often connections to the HTTP API are checked for httpHead and httpRequest.',
  },
  httpRequest: {
    value: 600_000,
    unit: 'ms',
    meaning: 'Time for a request to arrive whole, an import included. Then the connection is closed.',
    overAll: '`server.httpConnections`',
  },
  httpIdle: {
    value: 72_000,
    unit: 'ms',
    meaning: 'A connection to the HTTP API that is idle for this long is closed.',
    overAll: '`server.httpConnections`',
  },
});
