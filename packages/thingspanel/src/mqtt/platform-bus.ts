import { type Clock, type FairleadError, type Log, pause } from '@fairlead/core';
import type { DeviceRecord } from '../fleet/records.ts';
import { thingspanelLimits } from '../limits.ts';
import { type PlatformKind, type PlatformMessage, statusMessage, uplinkMessage } from '../wire/bodies.ts';
import { DeviceConnections } from './device-connections.ts';
import type { Connection, Message, OpenDeviceConnection } from './port.ts';

const { queueTotal } = thingspanelLimits.values;
/** Milliseconds between two looks at full queues. */
const LOOK = 50;

/** Of the topics of the service, `Topic` of `@fairlead/gateway` fits. */
interface Topic {
  matches(topic: string): boolean;
  deviceIn(topic: string): string;
}

interface PlatformBusOptions {
  /** The connection with the service's own user. */
  readonly shared: Connection;
  /** Opens the connection of one device; absent: everything goes over the shared one. */
  readonly openDevice: OpenDeviceConnection | undefined;
  readonly topics: Readonly<Record<PlatformKind | 'status', Topic>>;
  /** The platform's device with this name in the service. */
  recordOf(device: string): DeviceRecord | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

interface Routed {
  /** The device whose own connection it goes over; absent: the shared one. */
  readonly own?: string | undefined;
  /** Absent: the device is gone, and only its connection ends. */
  readonly message?: PlatformMessage | undefined;
  readonly presence?: { readonly device: string; readonly isOnline: boolean } | undefined;
}

const KINDS: readonly PlatformKind[] = ['attributes', 'events', 'raw'];

/**
 * The platform as a bus: takes the messages of the service on their own topics, and sends those of platform devices on the topics
 * of the platform. Others are left out. Its state is that of the shared connection.
 */
export class PlatformBus {
  readonly kind = 'thingspanel';
  readonly carriesProperties = false;
  readonly #options: PlatformBusOptions;
  readonly #shared: Connection;
  readonly #connections: DeviceConnections | undefined;
  /** Devices that were announced as online. */
  readonly #online = new Set<string>();
  /** The batch that was checked last, and what became of it: it is published next. */
  #checked: { readonly batch: readonly Message[]; readonly routed: readonly Routed[] } | undefined;

  constructor(options: PlatformBusOptions) {
    const { openDevice: open, recordOf, clock, log } = options;
    this.#options = options;
    this.#shared = options.shared;
    if (open === undefined) return;
    const tokenOf = (device: string) => recordOf(device)?.token;
    this.#connections = new DeviceConnections({ open, tokenOf, clock, log });
  }

  get state() {
    return this.#shared.state;
  }

  get cause(): FairleadError | undefined {
    return this.#shared.cause;
  }

  on(event: 'state', listener: Parameters<Connection['on']>[1]): () => void {
    return this.#shared.on(event, listener);
  }

  ready(signal?: AbortSignal): Promise<void> {
    return this.#shared.ready(signal);
  }

  subscribe(
    filter: string,
    handler: (topic: string, payload: Buffer, delivery: object) => void,
  ): Promise<{ close(): Promise<void> }> {
    return this.#shared.subscribe(filter, handler);
  }

  /** Throws as the connections do, THINGSPANEL_USER_REFUSED, THINGSPANEL_QUEUE_FULL or THINGSPANEL_CONNECTIONS_FULL. */
  check(batch: readonly Message[]): void {
    const routed = this.#routed(batch);
    this.#shared.check(messagesOf(routed)); // those for other connections too: what one takes, all take
    for (const { own, message } of routed)
      if (own !== undefined) this.#connections?.check(own, message?.payload.length ?? 0);
  }

  publish(batch: readonly Message[]): boolean {
    if (this.#checked?.batch !== batch) this.check(batch);
    const routed = this.#routed(batch);
    this.#checked = undefined;
    const shared = this.#shared.publish(messagesOf(routed.filter(({ own }) => own === undefined)));
    for (const { own, message, presence } of routed) {
      if (own !== undefined && message !== undefined) this.#connections?.publish(own, message);
      if (presence !== undefined) this.#present(presence.device, presence.isOnline);
    }
    return shared && !this.#isFull;
  }

  async drained(signal?: AbortSignal): Promise<void> {
    await this.#shared.drained(signal);
    while (this.#isFull) {
      await pause(this.#options.clock, LOOK, signal);
      signal?.throwIfAborted();
    }
  }

  async flushed(signal?: AbortSignal): Promise<void> {
    await Promise.all([this.#shared.flushed(signal), this.#connections?.flushed(signal)]);
  }

  stats(): ReturnType<Connection['stats']> {
    const stats = this.#shared.stats();
    return { ...stats, queuedBytes: stats.queuedBytes + (this.#connections?.queuedBytes ?? 0) };
  }

  async close(): Promise<void> {
    await Promise.all([this.#shared.close(), this.#connections?.close()]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  get #isFull(): boolean {
    return (this.#connections?.queuedBytes ?? 0) > queueTotal;
  }

  #present(device: string, isOnline: boolean): void {
    if (isOnline) this.#online.add(device);
    else this.#online.delete(device);
    this.#connections?.presence(device, isOnline);
  }

  #routed(batch: readonly Message[]): readonly Routed[] {
    if (this.#checked?.batch !== batch)
      this.#checked = { batch, routed: batch.flatMap((message) => this.#route(message)) };
    return this.#checked.routed;
  }

  #route({ topic, payload }: Message): Routed[] {
    const { topics, recordOf } = this.#options;
    const kind = KINDS.find((kind) => topics[kind].matches(topic));
    if (kind === undefined) return topics.status.matches(topic) ? this.#status(topic, payload) : [];
    const device = topics[kind].deviceIn(topic);
    const record = recordOf(device);
    if (record === undefined) return [];
    const own = this.#connections !== undefined && record.protocol === 'official';
    return [{ own: own ? device : undefined, message: uplinkMessage(record, kind, payload, own) }];
  }

  /** Further changes of a device that is online are not the platform's matter. */
  #status(topic: string, payload: Uint8Array | string): Routed[] {
    const { topics, recordOf } = this.#options;
    const device = topics.status.deviceIn(topic);
    const record = recordOf(device);
    const isOnline = onlineIn(payload);
    if (isOnline === undefined || (isOnline && this.#online.has(device))) return [];
    const presence = { device, isOnline };
    if (record !== undefined) return [{ message: statusMessage(record, isOnline), presence }];
    return this.#online.has(device) ? [{ presence }] : [];
  }
}

const messagesOf = (routed: readonly Routed[]): PlatformMessage[] =>
  routed.flatMap(({ message }) => message ?? []);

/** undefined: the status was removed together with the device. */
function onlineIn(payload: Uint8Array | string): boolean | undefined {
  if (payload.length === 0) return undefined;
  const { status } = JSON.parse(payload.toString()) as { status?: unknown };
  return status === 'online' ? true : status === 'offline' ? false : undefined;
}
