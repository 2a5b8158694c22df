/**
 * One connection to a broker; it is never reopened. The library `mqtt` runs the session (CONNECT, keep-alive, SUBSCRIBE,
 * and reading packets). Our own PUBLISH packets are written to the same stream.
 *
 * This is safe because: the library writes each packet in one call, so our packets never fall inside one of its packets;
 * we write only after CONNACK, and never use topic aliases; its keep-alive pings do not depend on sent data; its packet
 * ids come from a separate range; and it ignores a PUBACK with an unknown id.
 */

import type { Duplex } from 'node:stream';
import { type Clock, coreErrors, type FairleadError } from '@fairlead/core';
import { connect, type IClientOptions, type MqttClient } from 'mqtt';
import { busErrors } from '../catalogue.ts';
import { connackFailure, networkFailure } from '../failure.ts';
import type { BusDelivery } from '../port.ts';
import { deliveryOf, type PublishProperties } from '../properties.ts';
import type { Wire } from './publish-queue.ts';
import { LAST_PACKET_ID } from './qos1-queue.ts';

export interface SessionEvents {
  /** Connected and subscribed. */
  open(wire: Wire): void;
  /** The stream accepts bytes again. */
  drained(): void;
  /** `ids`: the matching subscriptions, if the broker states them. */
  message(topic: string, payload: Buffer, delivery: BusDelivery, ids?: readonly number[]): void;
  /** The subscription identifier of a filter (MQTT 5). */
  idOf(filter: string): number | undefined;
  acknowledged(id: number, reason?: string): void;
  /** The n-th ping was answered: the broker has read everything written before it. */
  pong(ping: number): void;
  /** The broker refused a subscription at the start of the connection. */
  subscriptionRefused(filter: string): void;
  /** The connection ended; called once. */
  closed(cause: FairleadError): void;
}

interface SessionOptions {
  /** For messages: `host:port`. */
  readonly endpoint: string;
  readonly client: IClientOptions;
  readonly qos: 0 | 1;
  readonly connectTimeout: number;
  readonly clock: Clock;
}

export class Session {
  readonly #options: SessionOptions;
  readonly #events: SessionEvents;
  readonly #client: MqttClient;
  readonly #timer: ReturnType<Clock['after']>;
  #cause: FairleadError | undefined;
  #opened = false;
  #secured = false;
  #over = false;
  #pings = 0;
  #pongs = 0;

  /** @param filters called after CONNACK: the filters to subscribe to before the session counts as open */
  constructor(options: SessionOptions, filters: () => readonly string[], events: SessionEvents) {
    this.#options = options;
    this.#events = events;
    this.#client = connect({
      ...options.client,
      // A session makes one attempt; waiting and trying again is the bus's job.
      reconnectPeriod: 0,
      resubscribe: false,
      clean: true,
      connectTimeout: 2 ** 31 - 1,
      messageIdProvider: new HighPacketIds(),
    });
    const { connectTimeout: limit, endpoint, clock } = options;
    this.#timer = clock.after(limit, () =>
      this.#fail(coreErrors.error('CONNECT_TIMEOUT', { endpoint, limit })),
    );
    this.#client.stream.once('secureConnect', () => {
      this.#secured = true;
    });
    this.#client.on('connect', () => void this.#start(filters()));
    this.#client.on('error', (error) => this.#fail(this.#failure(error)));
    this.#client.on('close', () => this.#end());
    this.#client.on('message', (topic, payload, packet) => {
      // Retained: published before we subscribed.
      if (packet.retain) return;
      const { properties } = packet;
      events.message(
        topic,
        payload,
        deliveryOf(properties as PublishProperties | undefined),
        idsOf(properties?.subscriptionIdentifier),
      );
    });
    this.#client.on('packetsend', (packet) => {
      if (packet.cmd === 'pingreq') this.#pings++;
    });
    this.#client.on('packetreceive', (packet) => {
      if (packet.cmd === 'puback') this.#acknowledged(packet.messageId, packet.reasonCode);
      else if (packet.cmd === 'pingresp') events.pong(++this.#pongs);
      else if (packet.cmd === 'disconnect')
        this.#fail(connackFailure(packet.reasonCode ?? 0, endpoint, undefined));
    });
  }

  /** Sends a ping and returns its number. */
  ping(): number {
    this.#client.sendPing();
    return this.#pings;
  }

  /** Resolves when granted, or when the connection is over: the next one subscribes again. */
  async subscribe(filter: string): Promise<void> {
    if (!this.#opened || this.#over) return;
    const { qos } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#client.subscribe(filter, { qos, ...this.#version5(filter) }, (error, _granted, suback) => {
        // Without a SUBACK the error is the end of the connection.
        if (error === null || suback === undefined) resolve();
        else reject(busErrors.error('BUS_SUBSCRIBE_REFUSED', { filter }, error));
      });
    });
  }

  async unsubscribe(filter: string): Promise<void> {
    if (!this.#opened || this.#over) return;
    await new Promise<void>((resolve) => this.#client.unsubscribe(filter, () => resolve()));
  }

  /** Sends DISCONNECT and closes; destroys the stream after `grace` milliseconds. */
  end(grace: number): void {
    this.#cause ??= coreErrors.error('LINK_CLOSED');
    const { clock } = this.#options;
    if (!this.#opened) {
      this.destroy();
      return;
    }
    const timer = clock.after(grace, () => this.destroy());
    this.#client.end(false, () => clock.clear(timer));
    this.#client.once('close', () => clock.clear(timer));
  }

  destroy(): void {
    this.#cause ??= coreErrors.error('LINK_CLOSED');
    this.#client.end(true);
    this.#client.stream.destroy();
    if (this.#client.stream.closed) this.#end();
  }

  async #start(filters: readonly string[]): Promise<void> {
    this.#opened = true;
    await Promise.all(
      filters.map((filter) =>
        this.subscribe(filter).catch(() => {
          if (!this.#over) this.#events.subscriptionRefused(filter);
        }),
      ),
    );
    if (this.#over || this.#cause !== undefined) return;
    this.#options.clock.clear(this.#timer);
    const stream = this.#client.stream as unknown as Duplex & { setNoDelay?(on: boolean): void };
    // Our writes are batches already. With Nagle's algorithm, confirmations would take 40 ms per window.
    stream.setNoDelay?.(true);
    stream.on('drain', () => {
      if (!this.#over) this.#events.drained();
    });
    const broker = this.#client.serverProperties;
    this.#events.open({
      write: (bytes, done) => stream.write(bytes, done),
      maxPacket: broker?.maximumPacketSize ?? Number.POSITIVE_INFINITY,
      receiveMaximum: broker?.receiveMaximum ?? 0xffff,
      retain: broker?.retainAvailable !== false,
    });
  }

  /**
   * Options of MQTT 5: do not send retained messages (with 3.1.1 we ignore them on arrival), and state the subscription
   * of each message, because a message that matches several subscriptions may arrive several times.
   */
  #version5(filter: string): { rh?: number; properties?: { subscriptionIdentifier: number } } {
    if (this.#options.client.protocolVersion !== 5) return {};
    const id = this.#events.idOf(filter);
    const taken = this.#client.serverProperties?.subscriptionIdentifiersAvailable !== false;
    return { rh: 2, ...(taken && id !== undefined && { properties: { subscriptionIdentifier: id } }) };
  }

  #acknowledged(id: number | undefined, reason = 0): void {
    if (id === undefined || id > LAST_PACKET_ID) return;
    this.#events.acknowledged(id, reason >= 0x80 ? `reason code ${reason}` : undefined);
  }

  #failure(error: Error): FairleadError {
    const { endpoint } = this.#options;
    const code: unknown = (error as { code?: unknown }).code;
    if (typeof code === 'number') return connackFailure(code, endpoint, error);
    if (code === 'ECONNRESET' || code === 'EPIPE')
      return this.#closedBy(error) ?? networkFailure(error, endpoint, 'link');
    if (typeof code === 'string')
      return networkFailure(error as NodeJS.ErrnoException, endpoint, this.#opened ? 'link' : 'connect');
    if (this.#opened && this.#pings > this.#pongs)
      return busErrors.error('BUS_BROKER_SILENT', { endpoint }, error);
    return busErrors.error('BUS_PROTOCOL_VIOLATED', { endpoint, reason: error.message }, error);
  }

  /** The broker closed the connection before it answered CONNECT: most often one side speaks TLS, and the other does not. */
  #closedBy(error?: Error): FairleadError | undefined {
    const { endpoint, client } = this.#options;
    if (this.#opened) return undefined;
    if (client.protocol === 'mqtts' && !this.#secured)
      return coreErrors.error('TLS_HANDSHAKE_FAILED', { peer: endpoint, reason: 'the peer closed' }, error);
    return busErrors.error('BUS_CLOSED_EARLY', { endpoint }, error);
  }

  /** Only the first cause counts; later ones are consequences. */
  #fail(cause: FairleadError): void {
    if (this.#over) return;
    this.#cause ??= cause;
    this.destroy();
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#options.clock.clear(this.#timer);
    this.#events.closed(this.#cause ?? this.#closedBy() ?? coreErrors.error('PEER_CLOSED'));
  }
}

function idsOf(ids: number | number[] | undefined): readonly number[] | undefined {
  return typeof ids === 'number' ? [ids] : ids;
}

/** Packet ids for the library's SUBSCRIBE and UNSUBSCRIBE, above ours. */
class HighPacketIds {
  readonly #used = new Set<number>();
  #last = LAST_PACKET_ID;

  allocate(): number | null {
    if (this.#used.size >= 0xffff - LAST_PACKET_ID) return null;
    do this.#last = this.#last >= 0xffff ? LAST_PACKET_ID + 1 : this.#last + 1;
    while (this.#used.has(this.#last));
    this.#used.add(this.#last);
    return this.#last;
  }

  getLastAllocated(): number | null {
    return this.#last === LAST_PACKET_ID ? null : this.#last;
  }

  register(id: number): boolean {
    if (this.#used.has(id)) return false;
    this.#used.add(id);
    return true;
  }

  deallocate(id: number): void {
    this.#used.delete(id);
  }

  clear(): void {
    this.#used.clear();
  }
}
