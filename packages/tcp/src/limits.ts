import { defineLimits } from '@fairlead/core';

export const tcpLimits = defineLimits('tcp', {
  frame: {
    value: 2 ** 20,
    unit: 'bytes',
    meaning:
      'Largest frame of a codec that names no limit of its own. A larger one closes the link with FRAME_TOO_LARGE before anything is allocated.',
    option: 'max of the framing',
    overAll: '`tcp.frameTotal`',
  },
  frameTotal: {
    value: 2 ** 28,
    unit: 'bytes',
    meaning:
      'Bytes of incomplete frames of all peers of a server together. Beyond it a peer with more than an equal part is closed with FRAME_MEMORY_FULL when more comes.',
    option: 'limits.frameTotal',
  },
  rawFrame: {
    value: 2 ** 16,
    unit: 'bytes',
    meaning: 'Largest piece that the raw codec hands on; what was read at once is cut into such pieces.',
    option: 'max of raw',
    overAll: 'Pieces are handed on as they come; none is kept.',
  },
  jsonDepth: {
    value: 256,
    unit: 'items',
    meaning: 'Levels of nesting in a JSON frame. A deeper one closes the link with FRAME_JSON_INVALID.',
    overAll: 'A count of a frame that `tcp.frame` bounds; it holds no memory of its own.',
  },
  token: {
    value: 4_096,
    unit: 'bytes',
    meaning:
      'Longest AccessToken at the head of a stream. A longer one closes the link with FRAME_TOO_LARGE.',
    option: 'max of token',
    overAll: '`tcp.frameTotal`, and `tcp.handshake` for its time',
  },
  tokenIdle: {
    value: 200,
    unit: 'ms',
    meaning: 'Silence that ends an imported AccessToken which no line end follows.',
    option: 'idleMs of token',
    overAll: 'A time of each link, of which there are `tcp.sessions`.',
  },
  resync: {
    value: 65_536,
    unit: 'bytes',
    meaning:
      'Bytes that a framing with "resync" passes over before a frame follows. Beyond it the link closes with FRAME_RESYNC_FAILED.',
    option: 'resync.max of the framing',
    overAll: 'Bytes that are passed over are not kept.',
  },
  resyncWork: {
    value: 2 ** 23,
    unit: 'bytes',
    meaning:
      'Bytes of supposed frames that a framing with "resync" or "onMismatch": "next" looks through in vain; each byte of a frame gives 16 of them back. Then FRAME_RESYNC_FAILED or FRAME_SEARCH_LIMIT.',
    overAll: 'Time, not memory: it is proportional to the bytes received, beyond this for each link.',
  },
  framingFile: {
    value: 2 ** 20,
    unit: 'bytes',
    meaning: 'Largest file that holds a framing. A larger one is refused with FRAMING_SPEC_INVALID.',
    overAll: 'Read by a command, one at a time; no peer sends one.',
  },
  framingRules: {
    value: 64,
    unit: 'items',
    meaning: 'Rules of one framing spec. One with more is refused with FRAMING_SPEC_INVALID.',
    overAll: 'Compiled once for all links of a codec; no peer sends them.',
  },
  writeBuffer: {
    value: 2 ** 20,
    unit: 'bytes',
    meaning:
      'Bytes that may wait for a peer that does not read. Beyond it the link closes with WRITE_BUFFER_FULL.',
    option: 'limits.writeBuffer',
    overAll: '`tcp.writeBufferTotal`',
  },
  writeBufferTotal: {
    value: 2 ** 28,
    unit: 'bytes',
    meaning:
      'Bytes that may wait for all peers of a server together. Beyond it a peer for which more than an equal part waits is closed with WRITE_BUFFER_FULL when more would be sent to it.',
    option: 'limits.writeBufferTotal',
  },
  writeHighWater: {
    value: 2 ** 16,
    unit: 'bytes',
    meaning: 'Bytes waiting to be sent at which send() starts to return false, until half of them are sent.',
    option: 'limits.writeHighWater',
    overAll: '`tcp.sessions` times this, which beyond this counts towards `tcp.writeBufferTotal`',
  },
  readAhead: {
    value: 65_536,
    unit: 'bytes',
    meaning:
      'Bytes read ahead of receive() and batches(); beyond it the socket is not read, so that TCP slows the peer down.',
    overAll: '`tcp.sessions` times this: beyond it the socket is not read',
  },
  unread: {
    value: 1_024,
    unit: 'items',
    meaning:
      'Frames that are no replies and that nobody receives, while a request waits for its reply. One more closes the link with FRAMES_UNREAD.',
    overAll: 'Only while this program waits for a reply of the peer; `tcp.sessions` times this',
  },
  requestsInFlight: {
    value: 64,
    unit: 'items',
    meaning: 'Requests of one link that wait for their reply at the same time. More wait for their turn.',
    option: 'requests.inFlight',
    overAll: 'Filled by this program alone, which chooses how many it makes.',
  },
  requestQueue: {
    value: 1_024,
    unit: 'items',
    meaning: 'Requests that wait for their turn or for a connection. One more is refused with REQUESTS_FULL.',
    option: 'requests.queue',
    overAll: 'Filled by this program alone, which chooses how many it makes.',
  },
  requestTimeout: {
    value: 30_000,
    unit: 'ms',
    meaning: 'Time from the call of request() to the reply. Then REQUEST_TIMEOUT.',
    option: 'requests.timeout, or timeout of request()',
  },
  probeTimeout: {
    value: 10_000,
    unit: 'ms',
    meaning: 'Time that a silent peer has to answer a probe. Then PROBE_FAILED.',
    option: 'probe.timeout',
  },
  lateReplies: {
    value: 16,
    unit: 'items',
    meaning:
      'Replies that may be missing on a link: all of those in order, by key those since the last reply. One more request without a reply closes the link with REQUEST_TIMEOUT.',
    overAll: 'Only a key or a place in the order is kept, as many as requests were sent by this program',
  },
  sessions: {
    value: 100_000,
    unit: 'items',
    meaning: 'Links of one listener at the same time. One more is closed with TOO_MANY_SESSIONS.',
    option: 'limits.sessions',
    overAll: 'Of one listener; the program chooses how many it opens.',
  },
  handshake: {
    value: 10_000,
    unit: 'ms',
    meaning:
      'Time from accept to the end of the handshake. Then HANDSHAKE_TIMEOUT. Time spent in our own look-ups does not count.',
    option: 'limits.handshake',
  },
  connect: {
    value: 10_000,
    unit: 'ms',
    meaning:
      'Time for one attempt to connect, over all addresses of a name. Then CONNECT_TIMEOUT and the next attempt.',
    option: 'connectTimeout',
  },
  addressesApart: {
    value: 250,
    unit: 'ms',
    meaning:
      'Time after which an attempt to the next address of a name starts, while earlier attempts continue.',
  },
  reconnectMin: {
    value: 250,
    unit: 'ms',
    meaning: 'Upper limit of the first random wait before reconnecting; it doubles with each failure.',
    option: 'reconnect.min',
  },
  reconnectMax: {
    value: 30_000,
    unit: 'ms',
    meaning: 'Largest upper limit of the random wait before reconnecting.',
    option: 'reconnect.max',
  },
  reconnectStable: {
    value: 10_000,
    unit: 'ms',
    meaning:
      'After a link that lasted this long, the waits before reconnecting start at reconnect.min again.',
    option: 'reconnect.stable',
  },
  whileDown: {
    value: 2 ** 20,
    unit: 'bytes',
    meaning:
      'Encoded messages that a client keeps while it is not connected. Beyond it send() throws QUEUE_FULL or drops the oldest.',
    option: 'whileDown.queue',
    overAll: 'Filled by this program alone, which chooses how many it makes.',
  },
  poolMax: {
    value: 10,
    unit: 'items',
    meaning: 'Clients of a pool at the same time. Further callers wait.',
    option: 'max of pool()',
    overAll: 'Of one pool; the program chooses how many it makes.',
  },
  poolAcquire: {
    value: 30_000,
    unit: 'ms',
    meaning: 'Longest wait for a client of a pool. Then POOL_TIMEOUT.',
    option: 'acquireTimeout of pool()',
  },
  poolIdle: {
    value: 60_000,
    unit: 'ms',
    meaning: 'Idle time after which a client of a pool above "min" is closed.',
    option: 'idleTimeout of pool()',
  },
  poolQueue: {
    value: 1_024,
    unit: 'items',
    meaning: 'Callers that may wait for a client of a pool. One more is refused with POOL_QUEUE_FULL.',
    option: 'queue of pool()',
    overAll: 'Filled by this program alone, which chooses how many it makes.',
  },
  closeGrace: {
    value: 5_000,
    unit: 'ms',
    meaning:
      'Time that a closing link has to send what waits and to see the peer close, before it is destroyed.',
    option: 'limits.closeGrace',
  },
});
