import type { Readable } from 'node:stream';
import type { FairleadError } from '@fairlead/core';
import { Aedes, type AedesPublishPacket } from 'aedes';
import { Adapter } from '../adapter.ts';
import { busErrors } from '../catalogue.ts';
import { busLimits } from '../limits.ts';
import type { BusAdapter, BusHandler, BusMessage, BusStats, BusSubscription } from '../port.ts';
import { checkExtras, deliveryOf, type PublishProperties, publishProperties } from '../properties.ts';
import { checkFilter, TopicEncoder } from '../topic.ts';
import { BrokerClients } from './clients.ts';
import type { Connection } from './connection.ts';
import { Feed } from './feed.ts';
import { type Listener, listen } from './listener.ts';
import { type EmbeddedBrokerOptions, type EmbeddedSettings, embeddedSettings, usersOf } from './options.ts';
import { SessionStore } from './persistence.ts';
import { RetainedStore } from './retained.ts';

export interface EmbeddedBroker extends BusAdapter {
  /** Where outside clients connect, as bound: `127.0.0.1:7655`; undefined if outside clients are off. */
  readonly address: string | undefined;
  readonly port: number | undefined;
  /** Connected outside clients. */
  readonly clients: number;
  /** Messages that slow subscribers did not get, each counted for each of them. Only with `slowSubscribers: 'drop'`. */
  readonly droppedForClients: number;
  /**
   * Replaces the users, for new clients; connected ones stay. Rejects with OPTION_INVALID or BUS_SECRET_UNREADABLE; then the earlier
   * ones stay in use.
   */
  setUsers(users: EmbeddedBrokerOptions['users']): Promise<void>;
}

/**
 * A bus with its own MQTT 3.1.1 broker in this process. Rejects with the errors of {@link embeddedSettings}, and with
 * PORT_IN_USE or LISTEN_FAILED.
 */
export async function embeddedBroker(options: EmbeddedBrokerOptions = {}): Promise<EmbeddedBroker> {
  const settings = await embeddedSettings(options);
  const bus = new Embedded(settings);
  try {
    await bus.open();
  } catch (error) {
    await bus.close();
    throw error;
  }
  return bus;
}

/** The library hands properties on, although its types omit them. */
type Delivered = AedesPublishPacket & { readonly properties?: PublishProperties };

class Embedded extends Adapter<EmbeddedSettings> implements EmbeddedBroker {
  readonly kind = 'embedded';
  readonly carriesProperties = false;
  readonly #clients: BrokerClients;
  readonly #aedes: Aedes;
  readonly #retained: RetainedStore;
  /** The connection whose SUBSCRIBE the library is answering. */
  #subscriber: Connection | undefined;
  readonly #topics = new TopicEncoder();
  readonly #feed: Feed;
  /** The function that the library calls for a filter, to unsubscribe it. */
  readonly #delivers = new Map<string, (packet: AedesPublishPacket, done: () => void) => void>();
  #retainedFullNamed = false;
  #listener: Listener | undefined;

  constructor(settings: EmbeddedSettings) {
    super(settings);
    this.#clients = new BrokerClients(settings);
    this.#retained = new RetainedStore(settings.retained);
    this.#feed = new Feed(
      () => this.#clients.window,
      (message, done) => this.#deliver(message, done),
      () => this.progress(),
    );
    const persistence = new SessionStore(
      ({ topic, payload, qos }) => this.#retain(topic, payload, qos),
      (filters) => this.#lookUp(filters),
    );
    const aedes = new Aedes({ ...this.#clients.handlers(), persistence });
    this.#aedes = aedes;
    aedes.on('clientError', (client, error) => this.#clients.failed(client, error));
    aedes.on('connectionError', (client, error) => this.#clients.failed(client, error));
    aedes.on('unsubscribe', (filters, client) => this.#clients.unsubscribed(client, filters));
    // The library requests the retained messages in the same turn, without naming the client.
    aedes.on('subscribe', (_subscriptions, client) => {
      this.#subscriber = this.#clients.connectionOf(client);
    });
  }

  async open(): Promise<void> {
    await this.#aedes.listen();
    const { listen: endpoint, tls, connectTimeout, maxClients, log } = this.settings;
    if (endpoint !== false)
      this.#listener = await listen(endpoint, {
        accept: (socket) => this.#clients.came(socket, (accepted) => this.#aedes.handle(accepted)),
        tls,
        handshake: connectTimeout,
        handshakes: maxClients,
        refused: (address, { code, message }) => log.warn({ code, address }, `client refused: ${message}`),
      });
    this.status.connected({ kind: this.kind, listen: this.address ?? 'off' });
  }

  get address(): string | undefined {
    return this.#listener?.address;
  }

  get port(): number | undefined {
    return this.#listener?.port;
  }

  get clients(): number {
    return this.#aedes.connectedClients;
  }

  get droppedForClients(): number {
    return this.#clients.dropped;
  }

  async setUsers(users: EmbeddedBrokerOptions['users']): Promise<void> {
    this.#clients.access.setUsers(await usersOf(users));
  }

  stats(): BusStats {
    return {
      published: this.#feed.taken,
      received: this.subscriptions.received,
      refused: this.#clients.refused,
      dropped: 0,
      queuedMessages: this.#feed.messages,
      queuedBytes: this.#feed.bytes,
      reconnects: 0,
    };
  }

  publish(batch: readonly BusMessage[]): boolean {
    this.#feed.add(batch, this.#sizesOf(batch));
    return this.#feed.bytes < this.settings.queue.highWater;
  }

  check(batch: readonly BusMessage[]): void {
    this.#sizesOf(batch);
  }

  #sizesOf(batch: readonly BusMessage[]): number[] {
    this.mustBeOpen();
    const { maxPayload, queue } = this.settings;
    const sizes: number[] = [];
    let bytes = this.#feed.bytes;
    for (const message of batch) {
      const { topic, payload } = message;
      const head = this.#topics.encode(topic);
      const size = typeof payload === 'string' ? Buffer.byteLength(payload) : payload.length;
      if (size > maxPayload)
        throw busErrors.error('BUS_PAYLOAD_TOO_LARGE', { topic, size, limit: maxPayload });
      checkExtras(message);
      sizes.push(head.length + size);
      bytes += head.length + size;
    }
    if (bytes > queue.limit)
      throw busErrors.error('BUS_QUEUE_FULL', {
        messages: this.#feed.messages,
        size: this.#feed.bytes,
        limit: queue.limit,
      });
    return sizes;
  }

  async subscribe(filter: string, handler: BusHandler): Promise<BusSubscription> {
    this.mustBeOpen();
    checkFilter(filter);
    const { first, remove } = this.subscriptions.add(filter, handler);
    if (first) {
      const deliver = ({ topic, payload, properties }: Delivered, done: () => void) => {
        // The library removes a function one turn after the call.
        if (this.#delivers.get(filter) === deliver)
          this.subscriptions.dispatchTo(filter, topic, asBuffer(payload), deliveryOf(properties));
        done();
      };
      this.#delivers.set(filter, deliver);
      await new Promise<void>((resolve) => this.#aedes.subscribe(filter, deliver, resolve));
    }
    return {
      close: async () => {
        if (!remove()) return;
        const deliver = this.#delivers.get(filter);
        this.#delivers.delete(filter);
        if (deliver !== undefined)
          await new Promise<void>((resolve) => this.#aedes.unsubscribe(filter, deliver, resolve));
      },
    };
  }

  #deliver(message: BusMessage, done: () => void): void {
    const { topic, payload, retain } = message;
    // Stored at once: the library would do it in a later turn, after messages that follow this one.
    if (retain) this.#retain(topic, payload, 0);
    this.#clients.watch();
    const packet = {
      cmd: 'publish',
      topic,
      payload: payload as Buffer,
      qos: 0,
      retain: false,
      dup: false,
    } as const;
    const properties = publishProperties(message);
    this.#aedes.publish(
      properties === undefined ? packet : ({ ...packet, properties } as typeof packet),
      done,
    );
  }

  /** The next SUBSCRIBE of the client waits until they are sent: one search at a time per client. */
  #lookUp(filters: readonly string[]): Readable {
    const connection = this.#subscriber;
    const stream = this.#retained.stream(filters, () => {
      connection?.intake.alive();
      return connection?.socket.destroyed ?? false;
    });
    connection?.intake.hold();
    stream.once('close', () => connection?.intake.release());
    return stream;
  }

  #retain(topic: string, payload: Uint8Array | string, qos: number): void {
    if (this.#retained.set(topic, payload, qos)) {
      this.#retainedFullNamed = false;
      return;
    }
    if (this.#retainedFullNamed) return;
    this.#retainedFullNamed = true;
    const { messages, bytes } = this.settings.retained;
    const limit = `${messages} messages, ${bytes} bytes`;
    const error = busErrors.error('BUS_RETAINED_FULL', { topic, limit });
    this.settings.log.error({ code: error.code, topic }, error.message);
  }

  protected hasRoom(below: number): boolean {
    return this.#feed.bytes < below;
  }

  /** Its work is what takes time here, not the bytes. */
  protected isBehind(half: boolean): boolean {
    const { bytes, messages } = this.#feed;
    const share = half ? 2 : 1;
    return bytes >= busLimits.values.behind / share || messages >= busLimits.values.behindMessages / share;
  }

  protected override progress(): void {
    super.progress();
    if (this.waitFlushed.waiting) this.waitFlushed.release(this.#feed.settled);
  }

  protected async flush(signal?: AbortSignal): Promise<void> {
    const target = this.#feed.taken;
    if (this.#feed.settled < target) await this.waitFlushed.wait(target, signal);
  }

  protected unflushed(): FairleadError {
    const { messages, bytes } = this.#feed;
    return busErrors.error('BUS_UNFLUSHED', { messages, size: bytes, limit: this.settings.closeGrace });
  }

  protected async leave(): Promise<void> {
    this.#clients.close();
    await new Promise<void>((resolve) => this.#aedes.close(() => resolve()));
    await this.#listener?.close();
  }
}

function asBuffer(payload: Uint8Array | string): Buffer {
  if (typeof payload === 'string') return Buffer.from(payload);
  return Buffer.isBuffer(payload)
    ? payload
    : Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
}
