import { Readable } from 'node:stream';
import { topicMatcher } from '../topic.ts';

export interface RetainedLimits {
  readonly messages: number;
  readonly bytes: number;
}

export interface RetainedPacket {
  readonly cmd: 'publish';
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: number;
  readonly retain: true;
}

/** The last retained message of each topic, in memory, within bounds. */
export class RetainedStore {
  readonly #limits: RetainedLimits;
  readonly #packets = new Map<string, RetainedPacket>();
  #bytes = 0;

  constructor(limits: RetainedLimits) {
    this.#limits = limits;
  }

  get messages(): number {
    return this.#packets.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** An empty payload removes. false: there is no room; the topic then has no retained message, rather than an old one. */
  set(topic: string, payload: Uint8Array | string, qos: number): boolean {
    const old = this.#packets.get(topic);
    if (old !== undefined) {
      this.#packets.delete(topic);
      this.#bytes -= cost(topic, old.payload);
    }
    if (payload.length === 0) return true;
    // A copy, so that a small status does not keep the chunk alive that it was cut from.
    const copy = Buffer.from(payload as Uint8Array);
    const bytes = cost(topic, copy);
    if (this.#packets.size >= this.#limits.messages || this.#bytes + bytes > this.#limits.bytes) return false;
    this.#packets.set(topic, { cmd: 'publish', topic, payload: copy, qos, retain: true });
    this.#bytes += bytes;
    return true;
  }

  *matching(filters: readonly string[]): Generator<RetainedPacket> {
    for (const filter of filters) {
      const exact = this.#packets.get(filter);
      if (exact !== undefined) yield exact;
      if (!/[+#]/.test(filter)) continue;
      const matches = topicMatcher(filter);
      for (const packet of this.#packets.values()) if (matches(packet.topic)) yield packet;
    }
  }

  stream(filters: readonly string[]): Readable {
    return Readable.from(this.matching(filters));
  }
}

function cost(topic: string, payload: Buffer): number {
  return Buffer.byteLength(topic) + payload.length;
}
