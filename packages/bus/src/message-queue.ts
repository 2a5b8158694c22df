import { Fifo } from '@fairlead/core';
import { busErrors } from './catalogue.ts';
import type { BusMessage } from './port.ts';
import { checkExtras } from './properties.ts';
import { checkTopic } from './topic.ts';

/** Bytes that a message takes in memory besides its texts, about. */
const OVERHEAD = 64;
const KNOWN_TOPICS = 1_024;

export interface QueuedMessage {
  readonly message: BusMessage;
  readonly bytes: number;
  /** Counts the messages from 1, in the order of `publish`. */
  readonly number: number;
}

/**
 * Messages of an adapter that encodes them when they are sent. A message stays in the queue until it is confirmed: it waits,
 * or it is in flight.
 */
export class MessageQueue {
  readonly #limits: { readonly maxPayload: number; readonly queue: number };
  readonly #waiting = new Fifo<QueuedMessage>();
  /** By number, in order. */
  readonly #inFlight = new Map<number, QueuedMessage>();
  /** Topics that were checked: devices publish on few. */
  readonly #checked = new Set<string>();
  bytes = 0;
  taken = 0;
  #inFlightBytes = 0;

  constructor(limits: { readonly maxPayload: number; readonly queue: number }) {
    this.#limits = limits;
  }

  get messages(): number {
    return this.#waiting.length + this.#inFlight.size;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  get inFlight(): number {
    return this.#inFlight.size;
  }

  get inFlightBytes(): number {
    return this.#inFlightBytes;
  }

  /** The number up to which all messages are confirmed. */
  get settled(): number {
    const oldest = this.oldest ?? this.#waiting.first;
    return oldest === undefined ? this.taken : oldest.number - 1;
  }

  /** The oldest message in flight. */
  get oldest(): QueuedMessage | undefined {
    return this.#inFlight.values().next().value;
  }

  /** All or nothing. Throws as {@link check} does. */
  add(batch: readonly BusMessage[]): void {
    const sizes = this.check(batch);
    for (const [i, message] of batch.entries()) {
      const bytes = sizes[i] as number;
      this.#waiting.push({ message, bytes, number: ++this.taken });
      this.bytes += bytes;
    }
  }

  /** The sizes of the messages. Throws BUS_TOPIC_INVALID, BUS_PROPERTY_INVALID, BUS_PAYLOAD_TOO_LARGE, BUS_QUEUE_FULL. */
  check(batch: readonly BusMessage[]): number[] {
    let added = 0;
    const sizes: number[] = [];
    for (const message of batch) {
      const size = this.#sizeOf(message);
      sizes.push(size);
      added += size;
    }
    const { queue: limit } = this.#limits;
    if (this.bytes + added > limit)
      throw busErrors.error('BUS_QUEUE_FULL', { messages: this.messages, size: this.bytes, limit });
    return sizes;
  }

  #sizeOf(message: BusMessage): number {
    const { topic, payload, properties, correlation } = message;
    if (!this.#checked.has(topic)) {
      checkTopic(topic);
      if (this.#checked.size >= KNOWN_TOPICS) this.#checked.clear();
      this.#checked.add(topic);
    }
    checkExtras(message);
    const size = typeof payload === 'string' ? Buffer.byteLength(payload) : payload.length;
    const { maxPayload: limit } = this.#limits;
    if (size > limit) throw busErrors.error('BUS_PAYLOAD_TOO_LARGE', { topic, size, limit });
    let extras = correlation?.length ?? 0;
    for (const name in properties) extras += name.length + (properties[name] as string).length;
    return OVERHEAD + topic.length + size + extras;
  }

  /** The next message that waits; from now on it is in flight. */
  next(): QueuedMessage | undefined {
    const entry = this.#waiting.shift();
    if (entry === undefined) return undefined;
    this.#inFlight.set(entry.number, entry);
    this.#inFlightBytes += entry.bytes;
    return entry;
  }

  /** The number of the oldest message in flight on this topic. */
  oldestOn(topic: string): number | undefined {
    for (const { message, number } of this.#inFlight.values()) if (message.topic === topic) return number;
    return undefined;
  }

  /** The message arrived, or was refused for good. */
  confirm(number: number): QueuedMessage | undefined {
    const entry = this.#inFlight.get(number);
    if (entry === undefined) return undefined;
    this.#inFlight.delete(number);
    this.#inFlightBytes -= entry.bytes;
    this.bytes -= entry.bytes;
    return entry;
  }

  /** All messages in flight up to this number arrived, except those that are confirmed one by one. */
  confirmUpTo(number: number, except?: ReadonlySet<number>): void {
    for (const entry of this.#inFlight.values()) {
      if (entry.number > number) return;
      if (!except?.has(entry.number)) this.confirm(entry.number);
    }
  }

  /** Puts all messages in flight back in front, in their order: they are sent again. */
  putBack(): void {
    const waiting = this.#waiting.take();
    for (const entry of this.#inFlight.values()) this.#waiting.push(entry);
    for (const entry of waiting) this.#waiting.push(entry);
    this.#inFlight.clear();
    this.#inFlightBytes = 0;
  }
}
