import { busErrors } from '../catalogue.ts';
import type { BusMessage } from '../port.ts';
import { type PublishForm, publishSize } from './packet.ts';

/** A connection to write to, and the limits that its broker stated. */
export interface Wire {
  /** false: wait for {@link PublishQueue.resume}. `done` when the operating system has the bytes, or the connection is lost. */
  write(bytes: Buffer, done: (error?: Error | null) => void): boolean;
  /** Largest packet that the broker accepts, in bytes. */
  readonly maxPacket: number;
  /** Unconfirmed QoS 1 messages that the broker accepts. */
  readonly receiveMaximum: number;
  readonly retain: boolean;
}

/** What a queue needs of its bus. */
export interface PublishQueueEvents {
  /** Fewer bytes wait than before. */
  progress(): void;
  /** This broker will never accept the message; it is counted and not sent. */
  refused(topic: string, reason: string): void;
}

/**
 * Accepted messages that are not yet settled. They are numbered from 1 in the order of arrival; `taken`, `sent` and
 * `settled` are the numbers of the last message in that state.
 */
export interface PublishQueue {
  readonly messages: number;
  readonly bytes: number;
  /** Of these, the bytes that wait to be sent: QoS 1: those that are not in flight. */
  readonly unsent: number;
  readonly taken: number;
  /** Written to the present or an earlier connection. */
  readonly sent: number;
  /** QoS 1: confirmed or refused by the broker. QoS 0: {@link settle}d. */
  readonly settled: number;
  /** All or nothing; what `add` throws leaves the queue as it was. */
  add(batch: readonly BusMessage[]): void;
  /** Throws what `add` would throw. */
  check(batch: readonly BusMessage[]): void;
  /** Sends all unsettled messages on this wire, in order. */
  attach(wire: Wire): void;
  /** The connection is lost. Returns how many messages may be lost with it. */
  detach(): number;
  /** The connection accepts bytes again. */
  resume(): void;
  /** The broker answered for the packet id; `reason`: why it refuses the message. */
  acknowledged(id: number, reason?: string): void;
  /** The broker has read all messages up to this number (QoS 0). */
  settle(upTo: number): void;
}

/** Checks and bounds of a queue. */
export interface PublishQueueLimits {
  readonly maxPayload: number;
  /** Bytes that may wait. */
  readonly queue: number;
}

/**
 * Bytes of the packet of a message. Throws `BUS_PAYLOAD_TOO_LARGE`, and `BUS_QUEUE_FULL` if the queue has no room for it.
 * @param topic as encoded, with its length; `properties` too
 * @param added bytes that the messages before it in its batch add to the queue
 */
export function checkedSize(
  message: BusMessage,
  form: PublishForm,
  topic: Uint8Array,
  properties: Uint8Array,
  queue: Pick<PublishQueue, 'messages' | 'bytes'>,
  added: number,
  limits: PublishQueueLimits,
): number {
  const { payload } = message;
  const length = typeof payload === 'string' ? Buffer.byteLength(payload) : payload.length;
  if (length > limits.maxPayload)
    throw busErrors.error('BUS_PAYLOAD_TOO_LARGE', {
      topic: message.topic,
      size: length,
      limit: limits.maxPayload,
    });
  const size = publishSize(form, topic, properties, length);
  const { messages, bytes } = queue;
  if (bytes + added + size > limits.queue)
    throw busErrors.error('BUS_QUEUE_FULL', { messages, size: bytes, limit: limits.queue });
  return size;
}
