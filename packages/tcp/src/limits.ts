/** One default bound: what it is, and why it has that value. `docs/limits.md` is generated from these. */
export interface LimitEntry {
  readonly value: number;
  readonly unit: 'bytes' | 'ms' | 'items' | 'per second';
  /** What is bounded, and what happens when the bound is met. */
  readonly meaning: string;
  /** Where a user changes it. */
  readonly option?: string;
  /**
   * Set where the bound holds for each peer (client, link, device, run), so that the sum grows with their number: what
   * bounds them all together. A `package.limit` in backquotes names a limit, which a test looks up.
   */
  readonly overAll?: string;
}

export interface LimitTable<T extends Record<string, LimitEntry>> {
  readonly owner: string;
  readonly entries: T;
  /** The values alone. */
  readonly values: { readonly [K in keyof T]: number };
}

/** Declares the default bounds of a package: each package has one such table. */
export function defineLimits<const T extends Record<string, LimitEntry>>(
  owner: string,
  entries: T,
): LimitTable<T> {
  const values = Object.fromEntries(Object.entries(entries).map(([name, entry]) => [name, entry.value]));
  return { owner, entries, values: values as LimitTable<T>['values'] };
}

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
    meaning: 'Bytes waiting to be sent from which on send() answers false, until half of them have left.',
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
    meaning: 'Time after which the next address of a name is tried beside those that have not answered yet.',
  },
  reconnectMin: {
    value: 250,
    unit: 'ms',
    meaning: 'Upper end of the first random wait before connecting again; it doubles with each failure.',
    option: 'reconnect.min',
  },
  reconnectMax: {
    value: 30_000,
    unit: 'ms',
    meaning: 'Upper end that the random wait before connecting again grows to.',
    option: 'reconnect.max',
  },
  reconnectStable: {
    value: 10_000,
    unit: 'ms',
    meaning: 'A link that lived this long lets the waits before connecting again start from the beginning.',
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
    meaning: 'Clients of a pool at the same time. Who wants one more waits.',
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
    meaning: 'Time unused after which a client of a pool is closed, as far as "min" allows.',
    option: 'idleTimeout of pool()',
  },
  poolQueue: {
    value: 1_024,
    unit: 'items',
    meaning: 'How many may wait for a client of a pool. One more is refused with POOL_QUEUE_FULL.',
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
  messageSendQueue: {
    value: 2 ** 20,
    unit: 'bytes',
    meaning:
      'Encoded messages that wait for a peer that is slow or away. Beyond it send() throws MESSAGE_QUEUE_FULL; a broadcast closes the slow client with WRITE_BUFFER_FULL.',
    option: 'sendQueue',
    overAll: '`tcp.messageSendTotal`',
  },
  messageSendTotal: {
    value: 2 ** 26,
    unit: 'bytes',
    meaning:
      'The same for all clients of a server together. Beyond it each may have an equal part; one with more is treated as if its own queue were full.',
    option: 'sendTotal',
  },
  messageInbox: {
    value: 2 ** 20,
    unit: 'bytes',
    meaning:
      'Memory of the messages of one peer that wait for receive(), by an estimate. Beyond it the link is not read, so that TCP slows the peer down.',
    option: 'inbox.size',
    overAll: '`tcp.messageInboxTotal`',
  },
  messageInboxTotal: {
    value: 2 ** 26,
    unit: 'bytes',
    meaning:
      'The same for all clients of a server together. Beyond it messages of clients that have left give way, and each client may have an equal part. As much may wait outside, one message a client; a client whose message would be more is closed with MESSAGE_INBOX_FULL.',
    option: 'inbox.total',
  },
  messageStall: {
    value: 5_000,
    unit: 'ms',
    meaning:
      'Time for which a peer is not read, as its messages have no room, after which it is looked whether it is still there; then again and again. It is sent a heartbeat for that, which a peer that is gone answers with a reset.',
  },
  messageRefusals: {
    value: 1_024,
    unit: 'items',
    meaning:
      'Frames in a row that are no valid message. One more closes the link with the error of that frame.',
  },
  messageMemory: {
    value: 2 ** 24,
    unit: 'bytes',
    meaning:
      'Memory that the values of one message may occupy, by an estimate; more where the option "max" allows messages of more than 1 MiB, in proportion. One that would occupy more is refused with MESSAGE_INVALID before its values are made.',
    option: 'max of messageJson() or messagePack()',
    overAll: 'One at a time is decoded; those that wait count towards `tcp.messageInboxTotal`',
  },
  messageHandlers: {
    value: 64,
    unit: 'items',
    meaning:
      'Handlers of messages that run at the same time. Beyond it links are not read until one has ended.',
    option: 'handlers',
  },
  messageRequests: {
    value: 1_024,
    unit: 'items',
    meaning: 'Messages that wait for their answer. One more is refused with MESSAGE_REQUESTS_FULL.',
    option: 'requests',
  },
  messageRequestTimeout: {
    value: 30_000,
    unit: 'ms',
    meaning: 'Time that a peer has to answer a message. Then MESSAGE_UNANSWERED.',
    option: 'timeout of request()',
  },
  messageUnanswered: {
    value: 16,
    unit: 'items',
    meaning:
      'Messages to one peer without an answer in time since its last answer. One more closes the link with MESSAGE_UNANSWERED.',
  },
  messageOvertaken: {
    value: 16,
    unit: 'items',
    meaning:
      'Messages of higher priorities that may overtake a waiting lower priority in a row; then one of the lower goes.',
  },
  messageReconnectMax: {
    value: 5_000,
    unit: 'ms',
    meaning: 'Upper end that the random wait of a TcpClient before connecting again grows to.',
    option: 'connection.reconnect.max',
  },
});
