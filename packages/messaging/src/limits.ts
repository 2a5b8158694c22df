import { defineLimits } from '@fairlead/core';

export const messagingLimits = defineLimits('messaging', {
  sendQueue: {
    value: 2 ** 20,
    unit: 'bytes',
    meaning:
      'Encoded messages that wait for a slow or disconnected peer. Beyond it, send() throws MESSAGE_QUEUE_FULL; a broadcast closes the slow client with WRITE_BUFFER_FULL.',
    option: 'sendQueue',
    overAll: '`messaging.sendTotal`',
  },
  sendTotal: {
    value: 2 ** 26,
    unit: 'bytes',
    meaning:
      'The same for all clients of a server together. Beyond it, each client may use an equal share; a client that uses more is treated as if its own queue were full.',
    option: 'sendTotal',
  },
  inbox: {
    value: 2 ** 20,
    unit: 'bytes',
    meaning:
      'Estimated memory of the messages of one peer that wait for receive(). Beyond it, the link is not read, so that TCP slows the peer down.',
    option: 'inbox.size',
    overAll: '`messaging.inboxTotal`',
  },
  inboxTotal: {
    value: 2 ** 26,
    unit: 'bytes',
    meaning:
      'The same for all clients of a server together. Beyond it, messages of disconnected clients are dropped, and each client may use an equal share. In addition, one message of each client may wait for room, up to the same total; a client whose message exceeds that total is closed with MESSAGE_INBOX_FULL.',
    option: 'inbox.total',
  },
  stall: {
    value: 5_000,
    unit: 'ms',
    meaning:
      'If a peer is not read for this time because there is no room for its messages, a heartbeat is sent to it, and again after the same time. A peer that has ended answers the heartbeat with a reset.',
  },
  refusals: {
    value: 1_024,
    unit: 'items',
    meaning:
      'Consecutive frames that are not a valid message. One more closes the link with the error of that frame.',
  },
  memory: {
    value: 2 ** 24,
    unit: 'bytes',
    meaning:
      'Estimated memory of the values of one message. If the option "max" allows messages of more than 1 MiB, this limit grows in proportion. A message that would use more is refused with MESSAGE_INVALID before its values are created.',
    option: 'max of messageJson() or messagePack()',
    overAll: 'One message is decoded at a time; waiting messages count towards `messaging.inboxTotal`',
  },
  handlers: {
    value: 64,
    unit: 'items',
    meaning:
      'Message handlers that run at the same time. Beyond it, links are not read until a handler has ended.',
    option: 'handlers',
  },
  requests: {
    value: 1_024,
    unit: 'items',
    meaning: 'Messages that wait for an answer. One more is refused with MESSAGE_REQUESTS_FULL.',
    option: 'requests',
  },
  requestTimeout: {
    value: 30_000,
    unit: 'ms',
    meaning: 'Time for a peer to answer a message. Then MESSAGE_UNANSWERED.',
    option: 'timeout of request()',
  },
  unanswered: {
    value: 16,
    unit: 'items',
    meaning:
      'Messages to one peer that were not answered in time since its last answer. One more closes the link with MESSAGE_UNANSWERED.',
  },
  overtaken: {
    value: 16,
    unit: 'items',
    meaning:
      'Consecutive messages of higher priority that are sent while a message of lower priority waits. Then one of lower priority is sent.',
  },
  reconnectMax: {
    value: 5_000,
    unit: 'ms',
    meaning: 'Largest upper limit of the random wait before a TcpClient reconnects.',
    option: 'connection.reconnect.max',
  },
});
