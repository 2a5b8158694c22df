import { Readable } from 'node:stream';
import { FilterTree } from './filters.ts';

/** Topics that are searched in one turn of the event loop. */
const TOPICS_A_TURN = 256;

interface RetainedLimits {
  readonly messages: number;
  readonly bytes: number;
}

interface RetainedPacket {
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
  /** Searches that wait for their turn. */
  readonly #turns = new Set<() => void>();
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

  /** An empty payload removes the message. Returns false if there is no room: the topic then has no retained message, not an old one. */
  set(topic: string, payload: Uint8Array | string, qos: number): boolean {
    const old = this.#packets.get(topic);
    if (old !== undefined) this.#bytes -= cost(topic, old.payload);
    // A copy: a small payload must not keep its whole chunk in memory.
    const copy = Buffer.from(payload as Uint8Array);
    const bytes = cost(topic, copy);
    const others = this.#packets.size - (old === undefined ? 0 : 1);
    const room = others < this.#limits.messages && this.#bytes + bytes <= this.#limits.bytes;
    if (copy.length === 0 || !room) {
      this.#packets.delete(topic);
      return copy.length === 0;
    }
    this.#packets.set(topic, { cmd: 'publish', topic, payload: copy, qos, retain: true });
    this.#bytes += bytes;
    return true;
  }

  /**
   * The messages that match at least one of the filters, each once. The time depends on the number of topics, not of filters,
   * and other work can run in between.
   *
   * @param unwanted whether the result is no longer needed
   */
  async *matching(filters: readonly string[], unwanted: () => boolean = () => false) {
    const exact = new Set<string>();
    const wild = new FilterTree<true>();
    for (const filter of filters)
      if (/[+#]/.test(filter)) wild.set(filter, true);
      else exact.add(filter);
    for (const topic of exact) {
      const packet = this.#packets.get(topic);
      if (packet !== undefined) yield packet;
    }
    if (wild.empty) return;
    // Limited to the present number of topics: topics that are added meanwhile must not prolong the search without end.
    let left = this.#packets.size;
    for (const packet of this.#packets.values()) {
      if (left-- === 0) return;
      if (left % TOPICS_A_TURN === 0) await this.#turn();
      if (unwanted()) return;
      if (wild.matching(packet.topic).length > 0 && !exact.has(packet.topic)) yield packet;
    }
  }

  /** One search continues in each turn of the event loop, so that many searches do not block other work. */
  #turn(): Promise<void> {
    return new Promise((resolve) => {
      this.#turns.add(resolve);
      if (this.#turns.size === 1) setImmediate(this.#next);
    });
  }

  readonly #next = (): void => {
    const [first] = this.#turns;
    if (first === undefined) return;
    this.#turns.delete(first);
    if (this.#turns.size > 0) setImmediate(this.#next);
    first();
  };

  stream(filters: readonly string[], unwanted?: () => boolean): Readable {
    return Readable.from(this.matching(filters, unwanted));
  }
}

function cost(topic: string, payload: Buffer): number {
  return Buffer.byteLength(topic) + payload.length;
}
