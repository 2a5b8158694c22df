import { defineLimits } from '@fairlead/tcp';

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
  },
  topicLevels: {
    value: 100,
    unit: 'items',
    meaning: 'Levels of a topic or filter. More is BUS_TOPIC_INVALID or BUS_FILTER_INVALID.',
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
      'External broker, QoS 1: messages sent and not yet confirmed (less where the broker says so). The rest waits in the queue.',
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
  },
  drainTimeout: {
    value: 2_000,
    unit: 'ms',
    meaning:
      'Embedded broker: a subscriber whose socket takes nothing for this long is cut off; it holds the others up until then.',
    option: 'drainTimeout',
  },
  clients: {
    value: 1_000,
    unit: 'items',
    meaning: 'Outside clients of the embedded broker. One more is cut off with BUS_CLIENTS_FULL.',
    option: 'maxClients',
  },
  clientHandshake: {
    value: 10_000,
    unit: 'ms',
    meaning: 'Time that an outside client has to send CONNECT.',
    option: 'connectTimeout',
  },
  clientConnect: {
    value: 2 ** 14,
    unit: 'bytes',
    meaning: 'Largest first packet (CONNECT) of an outside client, before it has said who it is.',
  },
  clientSubscriptions: {
    value: 1_000,
    unit: 'items',
    meaning: 'Subscriptions of one outside client. One more is refused in the SUBACK.',
  },
  retainedMessages: {
    value: 100_000,
    unit: 'items',
    meaning:
      'Retained messages kept in memory. One more topic is delivered but not kept (BUS_RETAINED_FULL).',
    option: 'retained.messages',
  },
  retainedBytes: {
    value: 64 * 2 ** 20,
    unit: 'bytes',
    meaning: 'Topics and payloads of retained messages kept in memory; beyond it the same.',
    option: 'retained.bytes',
  },
});
