import { Fifo } from '@fairlead/core';
import type { BusMessage } from '../port.ts';
import type { TopicEncoder } from '../topic.ts';
import { clearRetain, type PublishForm, readPublish, setPacketId, writePublish } from './packet.ts';
import { PropertyEncoder } from './property-encoder.ts';
import {
  checkedSize,
  type PublishQueue,
  type PublishQueueEvents,
  type PublishQueueLimits,
  type Wire,
} from './publish-queue.ts';

/** Our packet ids are 1 to this; those above belong to the library's SUBSCRIBE packets. */
export const LAST_PACKET_ID = 60_000;
/** What one write joins at most. */
const WRITE = 2 ** 16;

interface Entry {
  readonly packet: Buffer;
  readonly number: number;
}

/**
 * The queue of QoS 1. It keeps an encoded packet until the broker has confirmed it; a bounded number is in flight. After
 * a lost connection, packets in flight are sent again first, in order: the broker may get some twice, and none is lost.
 */
export class Qos1Queue implements PublishQueue {
  readonly #form: PublishForm;
  readonly #topics: TopicEncoder;
  readonly #properties: PropertyEncoder;
  readonly #limits: PublishQueueLimits;
  readonly #events: PublishQueueEvents;
  readonly #window: number;
  /** By packet id; a Map keeps the order in which they were sent. */
  readonly #inFlight = new Map<number, Entry>();
  /** Entries not yet sent on the present connection. */
  readonly #queue = new Fifo<Entry>();
  #lastId = 0;
  #wire: Wire | undefined;
  #blocked = false;
  #scheduled: NodeJS.Immediate | undefined;
  #bytes = 0;
  #inFlightBytes = 0;
  taken = 0;
  sent = 0;

  constructor(
    version: 4 | 5,
    window: number,
    topics: TopicEncoder,
    limits: PublishQueueLimits,
    events: PublishQueueEvents,
  ) {
    this.#form = { qos: 1 };
    this.#properties = new PropertyEncoder(version);
    this.#window = window;
    this.#topics = topics;
    this.#limits = limits;
    this.#events = events;
  }

  get messages(): number {
    return this.#inFlight.size + this.#queue.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get unsent(): number {
    return this.#bytes - this.#inFlightBytes;
  }

  get settled(): number {
    const oldest = this.#inFlight.values().next().value ?? this.#queue.first;
    return oldest === undefined ? this.taken : oldest.number - 1;
  }

  add(batch: readonly BusMessage[]): void {
    let added = 0;
    let number = this.taken;
    const entries: Entry[] = [];
    for (const message of batch) {
      const packet = this.#encode(message, added);
      added += packet.length;
      entries.push({ packet, number: ++number });
    }
    for (const entry of entries) this.#queue.push(entry);
    this.#bytes += added;
    this.taken = number;
    if (this.#wire !== undefined) this.#scheduled ??= setImmediate(() => this.#flush());
  }

  #encode(message: BusMessage, added: number): Buffer {
    const { payload, retain } = message;
    const head = this.#topics.encode(message.topic, message.retain);
    const properties = this.#properties.encode(message);
    const size = checkedSize(message, this.#form, head, properties, this, added, this.#limits);
    const packet = Buffer.allocUnsafe(size);
    writePublish(this.#form, packet, 0, size, head, properties, payload, retain === true);
    return packet;
  }

  check(batch: readonly BusMessage[]): void {
    let added = 0;
    for (const message of batch) {
      const head = this.#topics.encode(message.topic, message.retain);
      const properties = this.#properties.encode(message);
      added += checkedSize(message, this.#form, head, properties, this, added, this.#limits);
    }
  }

  attach(wire: Wire): void {
    // A clean session knows nothing of the packets of the one before: they are sent as new ones, with new ids.
    const waiting = this.#queue.take();
    for (const entry of this.#inFlight.values()) this.#queue.push(entry);
    for (const entry of waiting) this.#queue.push(entry);
    this.#lastId = 0;
    this.#inFlight.clear();
    this.#inFlightBytes = 0;
    this.#wire = wire;
    this.#blocked = false;
    this.#flush();
  }

  detach(): number {
    this.#wire = undefined;
    return 0;
  }

  resume(): void {
    this.#blocked = false;
    this.#flush();
  }

  acknowledged(id: number, reason?: string): void {
    const entry = this.#inFlight.get(id);
    if (entry === undefined) return;
    this.#inFlight.delete(id);
    this.#bytes -= entry.packet.length;
    this.#inFlightBytes -= entry.packet.length;
    if (reason !== undefined) this.#events.refused(topicOf(entry.packet), reason);
    this.#events.progress();
    if (!this.#blocked && this.#wire !== undefined) this.#scheduled ??= setImmediate(() => this.#flush());
  }

  settle(): void {}

  #flush(): void {
    clearImmediate(this.#scheduled);
    this.#scheduled = undefined;
    const wire = this.#wire;
    if (wire === undefined) return;
    const window = Math.min(this.#window, wire.receiveMaximum);
    while (!this.#blocked && this.#queue.length > 0 && this.#inFlight.size < window)
      this.#writeSome(wire, window);
  }

  #writeSome(wire: Wire, window: number): void {
    const packets: Buffer[] = [];
    let bytes = 0;
    while (this.#queue.length > 0 && this.#inFlight.size < window && bytes < WRITE) {
      const entry = this.#queue.shift() as Entry;
      const { packet } = entry;
      const view = readPublish(packet, 0);
      if (packet.length > wire.maxPacket) {
        this.#bytes -= packet.length;
        this.#events.refused(
          topicOf(packet),
          `its packet has ${packet.length} bytes, the broker takes ${wire.maxPacket}`,
        );
        continue;
      }
      if (view.retain && !wire.retain) clearRetain(packet, 0);
      const id = this.#freeId();
      setPacketId(packet, view, id);
      this.#inFlight.set(id, entry);
      this.#inFlightBytes += packet.length;
      this.sent = Math.max(this.sent, entry.number);
      packets.push(packet);
      bytes += packet.length;
    }
    if (packets.length > 0) this.#blocked = !wire.write(Buffer.concat(packets, bytes), () => {});
    else this.#events.progress();
  }

  /** There is always one: the window is smaller than the range. */
  #freeId(): number {
    do this.#lastId = (this.#lastId % LAST_PACKET_ID) + 1;
    while (this.#inFlight.has(this.#lastId));
    return this.#lastId;
  }
}

function topicOf(packet: Buffer): string {
  const { topicAt, topicEnd } = readPublish(packet, 0);
  return packet.toString('utf8', topicAt, topicEnd);
}
