/** The message bus: its port, and the adapters to an embedded MQTT broker and to one that runs elsewhere. */
export { busErrors } from './catalogue.ts';
export { type EmbeddedBroker, embeddedBroker } from './embedded/broker.ts';
export type { EmbeddedBrokerOptions } from './embedded/options.ts';
export type { BranchStats, BusBranch } from './fanout/branch.ts';
export { type BusFanout, busFanout } from './fanout/bus-fanout.ts';
export type { PayloadField } from './fanout/payload-fields.ts';
export { topicRoute } from './fanout/route.ts';
export { jsonForm } from './json-form.ts';
export { busLimits } from './limits.ts';
export { mqttBus } from './mqtt/mqtt-bus.ts';
export type { BrokerTls, MqttBusOptions } from './mqtt/options.ts';
export { natsBus } from './nats/nats-bus.ts';
export type { NatsBusOptions, NatsStream } from './nats/options.ts';
export type { QueueOptions, Secret } from './options.ts';
export type {
  Bus,
  BusAdapter,
  BusDelivery,
  BusHandler,
  BusMessage,
  BusState,
  BusStateChange,
  BusStats,
  BusSubscription,
} from './port.ts';
export { type StdoutBusOptions, stdoutBus } from './stdout/stdout-bus.ts';
export type { WebhookBusOptions } from './webhook/options.ts';
export { webhookBus } from './webhook/webhook-bus.ts';
