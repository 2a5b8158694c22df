import type { BusMessage } from '../port.ts';

/** A connection to write on, and what its broker has said it takes. */
export interface Wire {
  /** false: wait for {@link PublishQueue.resume}. `done` when the operating system has the bytes, or the connection is lost. */
  write(bytes: Buffer, done: (error?: Error | null) => void): boolean;
  /** Largest packet that the broker takes, in bytes. */
  readonly maxPacket: number;
  /** Messages at QoS 1 that the broker takes before it has confirmed the first. */
  readonly receiveMaximum: number;
  readonly retain: boolean;
}

/** What an queue needs of its bus. */
export interface PublishQueueEvents {
  /** Less waits than before: somebody may be waiting for that. */
  progress(): void;
  /** A message that this broker will never take; it is counted and not sent. */
  refused(topic: string, reason: string): void;
}

/**
 * Messages taken over and not yet gone. They are numbered from 1 in the order in which they came; `taken`, `sent` and
 * `settled` are the numbers up to which that holds.
 */
export interface PublishQueue {
  readonly messages: number;
  readonly bytes: number;
  readonly taken: number;
  /** Handed to the present or an earlier connection. */
  readonly sent: number;
  /** QoS 1: confirmed or refused by the broker. QoS 0: {@link settle}d. */
  readonly settled: number;
  /** All or nothing; what `add` throws leaves the queue as it was. */
  add(batch: readonly BusMessage[]): void;
  /** Everything not settled goes out on this wire, in order. */
  attach(wire: Wire): void;
  /** The wire is lost. Returns how many messages may be lost with it. */
  detach(): number;
  /** The wire takes bytes again. */
  resume(): void;
  /** The broker has answered to the packet id; `reason`: why it refuses the message. */
  acknowledged(id: number, reason?: string): void;
  /** The broker has seen everything up to this number (QoS 0). */
  settle(upTo: number): void;
}

/** Checks and bounds of an queue. */
export interface PublishQueueLimits {
  readonly maxPayload: number;
  /** Bytes that may wait. */
  readonly queue: number;
}
