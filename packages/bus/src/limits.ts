import { defineLimits } from '@fairlead/core';

export const busLimits = defineLimits('bus', {
  highWater: {
    value: 2 ** 20,
    unit: 'bytes',
    meaning:
      'Queued bytes at which publish() starts to return false, until half of them are sent. The gateway stops reading meanwhile.',
    option: 'queue.highWater',
  },
  behind: {
    value: 2 ** 16,
    unit: 'bytes',
    meaning:
      'Bytes that wait to be sent from which the bus is behind: the gateway then publishes a piece of each device in turn, until half of them are sent.',
    overAll: '`bus.queue`',
  },
  behindMessages: {
    value: 256,
    unit: 'items',
    meaning: 'Embedded broker: messages in delivery or waiting from which it is behind, too.',
    overAll: '`bus.queue`',
  },
  queue: {
    value: 32 * 2 ** 20,
    unit: 'bytes',
    meaning:
      'Bytes that wait for the broker. Only a caller that ignores false reaches this limit; publish() then throws BUS_QUEUE_FULL.',
    option: 'queue.limit',
  },
  payload: {
    value: 2 ** 20,
    unit: 'bytes',
    meaning: 'Largest payload to publish (else BUS_PAYLOAD_TOO_LARGE) or to accept from a client.',
    option: 'maxPayload',
    overAll: '`bus.queue`, and for clients `bus.partialPackets` and `bus.clientsUnderWay`',
  },
  topicLevels: {
    value: 100,
    unit: 'items',
    meaning:
      'Levels of a topic or filter. More is BUS_TOPIC_INVALID or BUS_FILTER_INVALID; an outside client is disconnected (BUS_CLIENT_FAILED).',
    overAll: '`bus.subscriptionBytes` counts the levels of filters.',
  },
  properties: {
    value: 32,
    unit: 'items',
    meaning: 'Properties of one message. More is BUS_PROPERTY_INVALID.',
  },
  propertyValue: {
    value: 4_096,
    unit: 'bytes',
    meaning: 'Largest value of a property of a message. A larger one is BUS_PROPERTY_INVALID.',
    overAll: '`bus.properties` of them for each message; on the bus `mqtt`, `bus.queue` counts them',
  },
  topicCache: {
    value: 16_384,
    unit: 'items',
    meaning: 'Topics (up to 256 bytes each) whose encoding is cached. When the cache is full, it is cleared.',
  },
  inFlight: {
    value: 1_000,
    unit: 'items',
    meaning:
      'MQTT bus, QoS 1: messages sent and not yet confirmed (fewer if the broker asks for it). The rest waits in the queue.',
    option: 'inFlight',
  },
  connect: {
    value: 10_000,
    unit: 'ms',
    meaning:
      'Time for one connection attempt, including the subscriptions. Then CONNECT_TIMEOUT, and the next attempt.',
    option: 'connectTimeout',
  },
  keepalive: {
    value: 30_000,
    unit: 'ms',
    meaning: 'Interval between pings. If no answer comes within 1.5 intervals: BUS_BROKER_SILENT.',
    option: 'keepalive',
  },
  reconnectMin: {
    value: 250,
    unit: 'ms',
    meaning: 'Upper bound of the first random delay before reconnecting. It doubles with each failure.',
    option: 'reconnect.min',
  },
  reconnectMax: {
    value: 30_000,
    unit: 'ms',
    meaning: 'Largest upper bound of the random delay before reconnecting.',
    option: 'reconnect.max',
  },
  stable: {
    value: 5_000,
    unit: 'ms',
    meaning:
      'A connection that lasted this long counts as stable: the reconnect delay starts from its minimum again.',
  },
  closeGrace: {
    value: 5_000,
    unit: 'ms',
    meaning: 'Time for a closing bus to send waiting messages. Then BUS_UNFLUSHED is logged.',
    option: 'closeGrace',
  },
  ackTimeout: {
    value: 10_000,
    unit: 'ms',
    meaning:
      'NATS bus: time for the stream to store the oldest message in flight, at most twice this. Then BUS_BROKER_SILENT, and a new connection.',
    option: 'ackTimeout',
  },
  webhookBatch: {
    value: 500,
    unit: 'items',
    meaning: 'Webhook: messages of one request. The rest waits in the queue.',
    option: 'batch.messages',
  },
  webhookBatchBytes: {
    value: 2 ** 20,
    unit: 'bytes',
    meaning: 'Webhook: bytes after which a request takes no further message. One message may be larger.',
    option: 'batch.bytes',
    overAll: '`bus.queue` counts the messages; one request of them is encoded at a time.',
  },
  webhookTimeout: {
    value: 10_000,
    unit: 'ms',
    meaning: 'Webhook: time for an answer. Then BUS_WEBHOOK_SILENT, and the same request again.',
    option: 'timeout',
  },
  window: {
    value: 1_000,
    unit: 'items',
    meaning:
      'Embedded broker: messages in delivery at the same time. A slow subscriber stops the queue here.',
    overAll:
      'It applies to all messages of this process together, and separately to those of all outside clients together.',
  },
  deliveries: {
    value: 100_000,
    unit: 'items',
    meaning:
      'Embedded broker: messages in delivery multiplied by outside clients. With more than 100 clients, fewer messages are in delivery.',
    overAll: 'It is the sum over all clients.',
  },
  drainTimeout: {
    value: 2_000,
    unit: 'ms',
    meaning:
      'Embedded broker: a subscriber whose socket accepts no data for this long is disconnected. Until then it delays the others.',
    option: 'drainTimeout',
    overAll:
      'Subscribers that block at the same time are disconnected together; `bus.drainTimeoutLeast` bounds the time of later ones.',
  },
  drainTimeoutLeast: {
    value: 100,
    unit: 'ms',
    meaning:
      'Embedded broker: each time a subscriber is disconnected, drainTimeout drops to a quarter for clients of the same user, but not below this. All anonymous clients count as one user.',
  },
  drainMemory: {
    value: 60_000,
    unit: 'ms',
    meaning: 'Time without such a disconnect after which the full drainTimeout applies again.',
  },
  clientBuffer: {
    value: 2 ** 20,
    unit: 'bytes',
    meaning:
      'Embedded broker with `slowSubscribers: drop`: bytes that wait for one outside client. Beyond it, messages of QoS 0 for this client are dropped (BUS_CLIENT_LAGGING).',
    overAll: '`bus.clientBuffers`',
  },
  clientBuffers: {
    value: 64 * 2 ** 20,
    unit: 'bytes',
    meaning: 'The same for all outside clients together, in equal shares.',
    overAll: 'It is the sum over all clients.',
  },
  clients: {
    value: 1_000,
    unit: 'items',
    meaning:
      'Outside clients of the embedded broker. One more is refused in the CONNACK (BUS_CLIENTS_FULL). If users are configured, at most half of the clients may be anonymous.',
    option: 'maxClients',
    overAll: 'It is the sum over all clients.',
  },
  clientsWaiting: {
    value: 100,
    unit: 'items',
    meaning:
      'Outside clients that have not sent CONNECT. When one more connects, the oldest of them is disconnected with BUS_CLIENTS_FULL.',
    overAll: 'It is the sum over all clients.',
  },
  clientHandshake: {
    value: 10_000,
    unit: 'ms',
    meaning: 'Time for an outside client to send CONNECT.',
    option: 'connectTimeout',
    overAll: '`bus.clientsWaiting`',
  },
  clientConnect: {
    value: 2 ** 14,
    unit: 'bytes',
    meaning:
      'Largest CONNECT packet of an outside client. The client id and the will are kept while the client is connected.',
    overAll: '`bus.clients` times this: 16 MiB.',
  },
  clientFilters: {
    value: 2 ** 16,
    unit: 'bytes',
    meaning:
      'Largest SUBSCRIBE or UNSUBSCRIBE packet of an outside client. A client that sends a larger one is disconnected (BUS_PACKET_TOO_LARGE).',
    overAll: '`bus.partialPackets` and `bus.clientsUnderWay`',
  },
  clientBatch: {
    value: 64,
    unit: 'items',
    meaning:
      'Packets of one outside client that are processed at the same time. Until they are done, the client is not read.',
    overAll: '`bus.window`',
  },
  clientBatchBytes: {
    value: 2 ** 16,
    unit: 'bytes',
    meaning: 'Bytes of these packets; a single packet may be larger. Up to the same amount is read ahead.',
    overAll:
      '`bus.clientsUnderWay`; what is read ahead is `bus.clients` and `bus.clientsWaiting` times 64 KiB: 69 MiB.',
  },
  clientsUnderWay: {
    value: 32 * 2 ** 20,
    unit: 'bytes',
    meaning:
      'Bytes of packets of all outside clients that are processed at the same time. Meanwhile the other clients are not read.',
    overAll: 'It is the sum over all clients.',
  },
  partialPackets: {
    value: 64 * 2 ** 20,
    unit: 'bytes',
    meaning:
      'Bytes of incomplete packets of all outside clients. Beyond it, the client whose packet began first is disconnected (BUS_CLIENT_EVICTED).',
    overAll: 'It is the sum over all clients.',
  },
  halfSent: {
    value: 20,
    unit: 'items',
    meaning:
      'QoS 2 messages of one outside client whose PUBREL is missing. One more ends its connection (BUS_CLIENT_FAILED). Only their packet ids are kept.',
    overAll: '`bus.clients` times this: 20,000 numbers.',
  },
  guessesOfAddress: {
    value: 16,
    unit: 'items',
    meaning:
      'Delayed answers to wrong passwords for one address. While there are this many, passwords from this address are not checked (BUS_CLIENT_REFUSED). This machine counts as one address, and so does an IPv6 network of 64 bits.',
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
    meaning: 'Delay of the answer to a wrong password.',
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
      'Memory for the subscriptions of one outside client: the bytes of each filter, plus 512 for each level and 512 more. Beyond it, subscriptions are refused in the SUBACK.',
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
      'Retained messages stored in memory. A message on one more topic is delivered but not stored (BUS_RETAINED_FULL).',
    option: 'retained.messages',
    overAll: 'It is the sum over all clients.',
  },
  retainedBytes: {
    value: 64 * 2 ** 20,
    unit: 'bytes',
    meaning:
      'Topics and payloads of retained messages stored in memory. Beyond it, messages are delivered but not stored (BUS_RETAINED_FULL).',
    option: 'retained.bytes',
    overAll: 'It is the sum over all clients.',
  },
});
