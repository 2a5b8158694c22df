import type { BusMessage } from '../port.ts';
import type { TopicEncoder } from '../topic.ts';
import { clearRetain, type PublishForm, readPublish, writePublish } from './packet.ts';
import { PropertyEncoder } from './property-encoder.ts';
import {
  checkedSize,
  type PublishQueue,
  type PublishQueueEvents,
  type PublishQueueLimits,
  type Wire,
} from './publish-queue.ts';

const SEGMENT = 2 ** 16;
const SPARE_SEGMENTS = 8;

/** Whole packets one after another, written to the socket in one piece. */
interface Segment {
  readonly buffer: Buffer;
  used: number;
  messages: number;
}

/**
 * The queue of QoS 0. Packets are encoded at once into segments of 64 KiB: the caller may reuse its bytes, the size of the
 * queue is exact, and a batch needs one write. Messages written to a lost connection are lost.
 */
export class Qos0Queue implements PublishQueue {
  readonly #form: PublishForm;
  readonly #topics: TopicEncoder;
  readonly #properties: PropertyEncoder;
  readonly #limits: PublishQueueLimits;
  readonly #events: PublishQueueEvents;
  /** Full segments, oldest first, then the one being filled. */
  #waiting: Segment[] = [];
  readonly #spare: Buffer[] = [];
  #wire: Wire | undefined;
  #blocked = false;
  #scheduled: NodeJS.Immediate | undefined;
  /** Bytes and messages in writes that have not completed; a new object for each connection. */
  #writing = { bytes: 0, messages: 0 };
  #messages = 0;
  #bytes = 0;
  taken = 0;
  sent = 0;
  settled = 0;

  constructor(version: 4 | 5, topics: TopicEncoder, limits: PublishQueueLimits, events: PublishQueueEvents) {
    this.#form = { qos: 0 };
    this.#properties = new PropertyEncoder(version);
    this.#topics = topics;
    this.#limits = limits;
    this.#events = events;
  }

  get messages(): number {
    return this.#messages;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get unsent(): number {
    return this.#bytes;
  }

  add(batch: readonly BusMessage[]): void {
    const segments = this.#waiting.length;
    const last = this.#waiting[segments - 1];
    const used = last?.used ?? 0;
    const messages = last?.messages ?? 0;
    let added = 0;
    try {
      for (const message of batch) added += this.#encode(message, added);
    } catch (error) {
      this.#waiting.length = segments;
      if (last !== undefined) [last.used, last.messages] = [used, messages];
      throw error;
    }
    this.#bytes += added;
    this.#messages += batch.length;
    this.taken += batch.length;
    if (this.#wire === undefined || this.#blocked) return;
    // A full segment is written at once; a small one waits for other publishers in this turn of the event loop.
    if (this.#waiting.length > 1) this.#flush();
    else this.#scheduled ??= setImmediate(() => this.#flush());
  }

  #encode(message: BusMessage, added: number): number {
    const { payload, retain } = message;
    const head = this.#topics.encode(message.topic, message.retain);
    const properties = this.#properties.encode(message);
    const size = checkedSize(message, this.#form, head, properties, this, added, this.#limits);
    let segment = this.#waiting[this.#waiting.length - 1];
    if (segment === undefined || segment.used + size > segment.buffer.length) {
      const buffer = size <= SEGMENT ? (this.#spare.pop() ?? Buffer.allocUnsafeSlow(SEGMENT)) : undefined;
      segment = { buffer: buffer ?? Buffer.allocUnsafeSlow(size), used: 0, messages: 0 };
      this.#waiting.push(segment);
    }
    writePublish(this.#form, segment.buffer, segment.used, size, head, properties, payload, retain === true);
    segment.used += size;
    segment.messages++;
    return size;
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
    this.#wire = wire;
    this.#blocked = false;
    this.#flush();
  }

  detach(): number {
    this.#wire = undefined;
    this.#bytes -= this.#writing.bytes;
    this.#messages -= this.#writing.messages;
    this.#writing = { bytes: 0, messages: 0 };
    const uncertain = this.sent - this.settled;
    this.settled = this.sent;
    return uncertain;
  }

  resume(): void {
    this.#blocked = false;
    this.#flush();
  }

  acknowledged(): void {}

  settle(upTo: number): void {
    this.settled = Math.max(this.settled, upTo);
  }

  #flush(): void {
    clearImmediate(this.#scheduled);
    this.#scheduled = undefined;
    const wire = this.#wire;
    if (wire === undefined) return;
    let written = 0;
    while (!this.#blocked && written < this.#waiting.length)
      this.#write(wire, this.#waiting[written++] as Segment);
    if (written > 0) this.#waiting = this.#waiting.slice(written);
  }

  #write(wire: Wire, segment: Segment): void {
    if (wire.maxPacket < Number.POSITIVE_INFINITY || !wire.retain) this.#adapt(segment, wire);
    const { buffer, used, messages } = segment;
    if (used === 0) {
      this.#events.progress();
      return;
    }
    const writing = this.#writing;
    writing.bytes += used;
    writing.messages += messages;
    this.sent += messages;
    this.#blocked = !wire.write(buffer.subarray(0, used), (error) => {
      if (writing !== this.#writing) return;
      writing.bytes -= used;
      writing.messages -= messages;
      this.#bytes -= used;
      this.#messages -= messages;
      if (!error && buffer.length === SEGMENT && this.#spare.length < SPARE_SEGMENTS)
        this.#spare.push(buffer);
      this.#events.progress();
    });
  }

  /** Removes messages for which this broker would close the connection. */
  #adapt(segment: Segment, wire: Wire): void {
    const { buffer } = segment;
    let to = 0;
    let at = 0;
    while (at < segment.used) {
      const { end, topicAt, topicEnd, retain } = readPublish(buffer, at);
      if (retain && !wire.retain) clearRetain(buffer, at);
      if (end - at > wire.maxPacket) {
        segment.messages--;
        this.#messages--;
        this.#bytes -= end - at;
        this.sent++;
        this.#events.refused(
          buffer.toString('utf8', topicAt, topicEnd),
          `its packet has ${end - at} bytes, the broker takes ${wire.maxPacket}`,
        );
      } else {
        if (to !== at) buffer.copyWithin(to, at, end);
        to += end - at;
      }
      at = end;
    }
    segment.used = to;
  }
}
