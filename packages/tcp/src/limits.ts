import { defineLimits } from '@fairlead/core';

export const tcpLimits = defineLimits('tcp', {
  frame: {
    value: 2 ** 20,
    unit: 'bytes',
    meaning:
      'Largest frame of a codec without a limit of its own. A larger frame closes the link with FRAME_TOO_LARGE before memory is allocated for it.',
    option: 'max of the framing',
    overAll: '`tcp.frameTotal`',
  },
  frameTotal: {
    value: 2 ** 28,
    unit: 'bytes',
    meaning:
      'Bytes of incomplete frames of all peers of a server together. Beyond it, a peer that uses more than an equal share is closed with FRAME_MEMORY_FULL when it sends more.',
    option: 'limits.frameTotal',
  },
  rawFrame: {
    value: 2 ** 16,
    unit: 'bytes',
    meaning: 'Largest piece that the raw codec delivers. A larger chunk is cut into such pieces.',
    option: 'max of raw',
    overAll: 'Pieces are delivered as they arrive; none is kept.',
  },
  jsonDepth: {
    value: 256,
    unit: 'items',
    meaning: 'Levels of nesting in a JSON frame. Deeper nesting closes the link with FRAME_JSON_INVALID.',
    overAll: 'The nesting of one frame, which `tcp.frame` bounds; it uses no further memory.',
  },
  token: {
    value: 4_096,
    unit: 'bytes',
    meaning:
      'Longest AccessToken at the start of a stream. A longer token closes the link with FRAME_TOO_LARGE.',
    option: 'max of token',
    overAll: 'Memory: `tcp.frameTotal`. Time: `tcp.handshake`.',
  },
  tokenIdle: {
    value: 200,
    unit: 'ms',
    meaning: 'Silence that ends an imported AccessToken without a line end.',
    option: 'idleMs of token',
    overAll: 'One timer per link; `tcp.sessions` bounds the links.',
  },
  resync: {
    value: 65_536,
    unit: 'bytes',
    meaning:
      'Bytes that a framing with "resync" skips before it finds a frame. Beyond it, the link closes with FRAME_RESYNC_FAILED.',
    option: 'resync.max of the framing',
    overAll: 'Skipped bytes are not kept.',
  },
  resyncWork: {
    value: 2 ** 23,
    unit: 'bytes',
    meaning:
      'Bytes that a framing with "resync" or "onMismatch": "next" may search without finding a frame. Each byte of a valid frame restores 16 of them. Then FRAME_RESYNC_FAILED or FRAME_SEARCH_LIMIT.',
    overAll:
      'Bounds processor time, not memory. Beyond this amount for each link, the time is proportional to the bytes received.',
  },
  framingFile: {
    value: 2 ** 20,
    unit: 'bytes',
    meaning: 'Largest file with a framing. A larger file is refused with FRAMING_SPEC_INVALID.',
    overAll: 'A command reads one file at a time; peers cannot send one.',
  },
  framingRules: {
    value: 64,
    unit: 'items',
    meaning: 'Rules of one framing spec. A spec with more rules is refused with FRAMING_SPEC_INVALID.',
    overAll: 'Compiled once for all links of a codec; peers cannot send them.',
  },
  writeBuffer: {
    value: 2 ** 20,
    unit: 'bytes',
    meaning:
      'Bytes that may wait for a peer that does not read. Beyond it, the link closes with WRITE_BUFFER_FULL.',
    option: 'limits.writeBuffer',
    overAll: '`tcp.writeBufferTotal`',
  },
  writeBufferTotal: {
    value: 2 ** 28,
    unit: 'bytes',
    meaning:
      'Bytes that may wait for all peers of a server together. Beyond it, a peer whose waiting bytes exceed an equal share is closed with WRITE_BUFFER_FULL when more would be sent to it.',
    option: 'limits.writeBufferTotal',
  },
  writeHighWater: {
    value: 2 ** 16,
    unit: 'bytes',
    meaning: 'Bytes waiting to be sent at which send() starts to return false, until half of them are sent.',
    option: 'limits.writeHighWater',
    overAll: '`tcp.sessions` times this; bytes beyond it count towards `tcp.writeBufferTotal`',
  },
  readAhead: {
    value: 65_536,
    unit: 'bytes',
    meaning:
      'Bytes read ahead of receive() and batches(). Beyond it, the socket is not read, so that TCP slows the peer down.',
    overAll: '`tcp.sessions` times this; beyond it, the socket is not read',
  },
  unread: {
    value: 1_024,
    unit: 'items',
    meaning:
      'Frames that are not replies and that nothing reads while a request waits for its reply. One more closes the link with FRAMES_UNREAD.',
    overAll: '`tcp.sessions` times this, and only while this program waits for a reply of the peer',
  },
  requestsInFlight: {
    value: 64,
    unit: 'items',
    meaning: 'Requests in flight on one link. Further requests wait in the queue.',
    option: 'requests.inFlight',
    overAll: 'Only this program fills it, and it decides how many it creates.',
  },
  requestQueue: {
    value: 1_024,
    unit: 'items',
    meaning:
      'Requests that wait for a free place in flight or for a connection. One more is refused with REQUESTS_FULL.',
    option: 'requests.queue',
    overAll: 'Only this program fills it, and it decides how many it creates.',
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
    meaning: 'Time for a silent peer to answer a probe. Then PROBE_FAILED.',
    option: 'probe.timeout',
  },
  lateReplies: {
    value: 16,
    unit: 'items',
    meaning:
      'Missing replies that a link tolerates. With replies in order, all missing replies count; with keys, only those since the last reply. One more request without a reply closes the link with REQUEST_TIMEOUT.',
    overAll: 'Only a key or a position in the order is kept, one for each request of this program',
  },
  sessions: {
    value: 100_000,
    unit: 'items',
    meaning: 'Links of one listener at the same time. One more is closed with TOO_MANY_SESSIONS.',
    option: 'limits.sessions',
    overAll: 'Per listener; the program decides how many it opens.',
  },
  handshake: {
    value: 10_000,
    unit: 'ms',
    meaning:
      'Time from accepting a link to the end of its handshake. Then HANDSHAKE_TIMEOUT. Time of our own look-ups does not count.',
    option: 'limits.handshake',
  },
  proxyHeader: {
    value: 4_096,
    unit: 'bytes',
    meaning: 'Largest PROXY header. A larger one closes the link with PROXY_HEADER_INVALID.',
    overAll: 'Memory: `tcp.sessions` times this, from trusted proxies only. Time: `tcp.handshake`.',
  },
  proxySilence: {
    value: 1_000,
    unit: 'ms',
    meaning: 'Silence after which a link that needs no PROXY header goes on without one.',
  },
  probing: {
    value: 15_000,
    unit: 'ms',
    meaning: 'Time for which the system probes a peer each second of silence after probe() of its link.',
  },
  lockoutFailures: {
    value: 1_000,
    unit: 'items',
    meaning:
      'Largest "failures" of limits.lockout: so many different wrong proofs of one address are told apart.',
    overAll: '`tcp.rateAddresses`',
  },
  rateAddresses: {
    value: 10_000,
    unit: 'items',
    meaning:
      'Addresses whose rate of new links is watched, and as many whose wrong tokens are counted. Beyond it, the one that was seen least recently is forgotten.',
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
      'Encoded messages that a client keeps while it is not connected. Beyond it, send() throws QUEUE_FULL or drops the oldest message.',
    option: 'whileDown.queue',
    overAll: 'Only this program fills it, and it decides how many it creates.',
  },
  poolMax: {
    value: 10,
    unit: 'items',
    meaning: 'Clients of a pool at the same time. Further callers wait.',
    option: 'max of pool()',
    overAll: 'Per pool; the program decides how many it creates.',
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
    overAll: 'Only this program fills it, and it decides how many it creates.',
  },
  closeGrace: {
    value: 5_000,
    unit: 'ms',
    meaning:
      'Time for a closing link to send its waiting bytes and to see the peer close. Then the link is destroyed.',
    option: 'limits.closeGrace',
  },
});
