import { defineLimits } from '@fairlead/core';

export const busLimits = defineLimits('bus', {
  highWater: {
    value: 2 ** 20,
    unit: 'bytes',
    meaning:
      'Queued bytes from which publish() answers false, until half of them have left; the gateway reads no more meanwhile.',
    option: 'queue.highWater',
  },
  queue: {
    value: 32 * 2 ** 20,
    unit: 'bytes',
    meaning:
      'Bytes that wait for the broker. Only a caller that goes on after false comes here; publish() then throws BUS_QUEUE_FULL.',
    option: 'queue.limit',
  },
  payload: {
    value: 2 ** 20,
    unit: 'bytes',
    meaning: 'Largest payload to publish (BUS_PAYLOAD_TOO_LARGE) or to take from a client.',
    option: 'maxPayload',
    overAll: '`bus.queue`, and for clients `bus.partialPackets` and `bus.clientsUnderWay`',
  },
  topicLevels: {
    value: 100,
    unit: 'items',
    meaning:
      'Levels of a topic or filter. More is BUS_TOPIC_INVALID or BUS_FILTER_INVALID; an outside client is cut off (BUS_CLIENT_FAILED).',
    overAll: '`bus.subscriptionBytes` counts the levels of filters.',
  },
  topicCache: {
    value: 16_384,
    unit: 'items',
    meaning: 'Topics (up to 256 bytes each) whose encoding is remembered; all are forgotten when it is full.',
  },
  inFlight: {
    value: 1_000,
    unit: 'items',
    meaning:
      'MQTT bus, QoS 1: messages sent and not yet confirmed (less where the broker says so). The rest waits in the queue.',
    option: 'inFlight',
  },
  connect: {
    value: 10_000,
    unit: 'ms',
    meaning:
      'Time for one attempt, from dialling to granted subscriptions. Then CONNECT_TIMEOUT and the next.',
    option: 'connectTimeout',
  },
  keepalive: {
    value: 30_000,
    unit: 'ms',
    meaning: 'A ping is sent this often; without an answer for half as long again: BUS_BROKER_SILENT.',
    option: 'keepalive',
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
  stable: {
    value: 5_000,
    unit: 'ms',
    meaning:
      'A connection that lived this long counts as good: the wait before the next one starts small again.',
  },
  closeGrace: {
    value: 5_000,
    unit: 'ms',
    meaning: 'Time that a closing bus has to send what waits. Then BUS_UNFLUSHED is logged.',
    option: 'closeGrace',
  },
  window: {
    value: 1_000,
    unit: 'items',
    meaning: 'Embedded broker: messages under way to subscribers at a time; a slow one stops the queue here.',
    overAll:
      'It holds for the messages of this process together, and once more for those of all outside clients together.',
  },
  deliveries: {
    value: 100_000,
    unit: 'items',
    meaning:
      'Embedded broker: messages under way times outside clients. With more than 100 clients fewer messages are under way.',
    overAll: 'It is the sum over all clients.',
  },
  drainTimeout: {
    value: 2_000,
    unit: 'ms',
    meaning:
      'Embedded broker: a subscriber whose socket takes nothing for this long is cut off; it holds the others up until then.',
    option: 'drainTimeout',
    overAll:
      'Those who block at the same time are cut off together; `bus.drainTimeoutLeast` bounds the time of those who come later.',
  },
  drainTimeoutLeast: {
    value: 100,
    unit: 'ms',
    meaning:
      'Embedded broker: each time that a subscriber was cut off, drainTimeout is a quarter of what it was for the clients of the same user (anonymous ones count as one user), down to this.',
  },
  drainMemory: {
    value: 60_000,
    unit: 'ms',
    meaning: 'Time without such a cut after which the full drainTimeout holds again.',
  },
  clients: {
    value: 1_000,
    unit: 'items',
    meaning:
      'Outside clients of the embedded broker. One more is refused in the CONNACK (BUS_CLIENTS_FULL). Where there are users, anonymous clients may take half of the places.',
    option: 'maxClients',
    overAll: 'It is the sum over all clients.',
  },
  clientsWaiting: {
    value: 100,
    unit: 'items',
    meaning:
      'Outside clients that have not sent CONNECT. When one more comes, the one that has waited longest is cut off with BUS_CLIENTS_FULL.',
    overAll: 'It is the sum over all clients.',
  },
  clientHandshake: {
    value: 10_000,
    unit: 'ms',
    meaning: 'Time that an outside client has to send CONNECT.',
    option: 'connectTimeout',
    overAll: '`bus.clientsWaiting`',
  },
  clientConnect: {
    value: 2 ** 14,
    unit: 'bytes',
    meaning:
      'Largest first packet (CONNECT) of an outside client, before it has said who it is. Its client id and its will are kept while it is connected.',
    overAll: '`bus.clients` times this: 16 MiB.',
  },
  clientFilters: {
    value: 2 ** 16,
    unit: 'bytes',
    meaning:
      'Largest SUBSCRIBE or UNSUBSCRIBE of an outside client, which is cut off otherwise (BUS_PACKET_TOO_LARGE).',
    overAll: '`bus.partialPackets` and `bus.clientsUnderWay`',
  },
  clientBatch: {
    value: 64,
    unit: 'items',
    meaning:
      'Packets of an outside client that are worked on at a time. Then it is not read until they are done.',
    overAll: '`bus.window`',
  },
  clientBatchBytes: {
    value: 2 ** 16,
    unit: 'bytes',
    meaning: 'Bytes of such packets; a single packet may be larger. Up to as much again is read ahead.',
    overAll:
      '`bus.clientsUnderWay`; what is read ahead is `bus.clients` and `bus.clientsWaiting` times 64 KiB: 69 MiB.',
  },
  clientsUnderWay: {
    value: 32 * 2 ** 20,
    unit: 'bytes',
    meaning:
      'Bytes of packets of all outside clients that are worked on at a time. The others are not read meanwhile.',
    overAll: 'It is the sum over all clients.',
  },
  partialPackets: {
    value: 64 * 2 ** 20,
    unit: 'bytes',
    meaning:
      'Bytes of packets of all outside clients that are not whole. Then the client whose packet began first is cut off (BUS_CLIENT_EVICTED).',
    overAll: 'It is the sum over all clients.',
  },
  halfSent: {
    value: 20,
    unit: 'items',
    meaning:
      'QoS 2 messages of one outside client whose PUBREL is missing. One more ends its connection (BUS_CLIENT_FAILED). Their numbers alone are kept.',
    overAll: '`bus.clients` times this: 20,000 numbers.',
  },
  guessesOfAddress: {
    value: 16,
    unit: 'items',
    meaning:
      'Wrong passwords of one address whose answer is held back. Until there are fewer, passwords from there are not looked at (BUS_CLIENT_REFUSED). This machine counts as one address, and so does an IPv6 network of 64 bits.',
    overAll: '`bus.guesses`',
  },
  guesses: {
    value: 100,
    unit: 'items',
    meaning: 'The same for all addresses together.',
    overAll: 'It is the sum over all clients.',
  },
  wrongPassword: {
    value: 1_000,
    unit: 'ms',
    meaning: 'Time for which the answer to a wrong password is held back.',
    overAll: '`bus.guesses`',
  },
  clientSubscriptions: {
    value: 1_000,
    unit: 'items',
    meaning: 'Subscriptions of one outside client. One more is refused in the SUBACK.',
    overAll: '`bus.subscriptionBytes`',
  },
  clientSubscriptionBytes: {
    value: 4 * 2 ** 20,
    unit: 'bytes',
    meaning:
      'Memory for the subscriptions of one outside client: the bytes of each filter, and 512 for each of its levels and one more. What is beyond it is refused in the SUBACK.',
    overAll: '`bus.subscriptionBytes`',
  },
  subscriptionBytes: {
    value: 64 * 2 ** 20,
    unit: 'bytes',
    meaning: 'The same for all outside clients together.',
    overAll: 'It is the sum over all clients.',
  },
  retainedMessages: {
    value: 100_000,
    unit: 'items',
    meaning:
      'Retained messages kept in memory. One more topic is delivered but not kept (BUS_RETAINED_FULL).',
    option: 'retained.messages',
    overAll: 'It is the sum over all clients.',
  },
  retainedBytes: {
    value: 64 * 2 ** 20,
    unit: 'bytes',
    meaning: 'Topics and payloads of retained messages kept in memory; beyond it the same.',
    option: 'retained.bytes',
    overAll: 'It is the sum over all clients.',
  },
});
