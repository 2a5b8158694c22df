import type { Readable } from 'node:stream';
import type { AedesPublishPacket, Client, Subscription } from 'aedes';

/** A packet of a QoS 2 exchange, or of an acknowledgement. */
interface Numbered {
  readonly messageId?: number;
}

/** The owner of a packet, as far as the library tells. */
type Owner = Pick<Client, 'id'>;

/**
 * The state that the library keeps between packets, in the interface that it requires. Sessions end with their connections,
 * so that nothing is kept for absent clients: no subscriptions and no messages; a will is kept in its client. For a QoS 2
 * message without its PUBREL, only the packet id is kept: the message was delivered when it arrived.
 */
export class SessionStore {
  /** Packet ids of QoS 2 messages without PUBREL, by client id. The library limits their number for each client. */
  readonly #incoming = new Map<string, Set<number>>();
  readonly #retain: (packet: AedesPublishPacket) => void;
  readonly #retained: (filters: readonly string[]) => Readable;

  /**
   * @param retain stores or removes a retained message
   * @param retained the retained messages that match one of the filters
   */
  constructor(
    retain: (packet: AedesPublishPacket) => void,
    retained: (filters: readonly string[]) => Readable,
  ) {
    this.#retain = retain;
    this.#retained = retained;
  }

  /** QoS 2 messages without PUBREL, of all clients. */
  get halfSent(): number {
    let sum = 0;
    for (const numbers of this.#incoming.values()) sum += numbers.size;
    return sum;
  }

  // The library tests whether this is an async function.
  async setup(): Promise<void> {}
  async destroy(): Promise<void> {}

  async storeRetained(packet: AedesPublishPacket): Promise<void> {
    this.#retain(packet);
  }

  createRetainedStreamCombi(filters: readonly string[]): Readable {
    return this.#retained(filters);
  }

  async incomingStorePacket({ id }: Owner, { messageId = 0 }: Numbered): Promise<void> {
    const numbers = this.#incoming.get(id) ?? new Set();
    numbers.add(messageId);
    this.#incoming.set(id, numbers);
  }

  /** Rejects if there is none. The library only tests whether there is a result. */
  async incomingGetPacket({ id }: Owner, { messageId = 0 }: Numbered): Promise<Numbered> {
    if (this.#incoming.get(id)?.has(messageId)) return { messageId };
    throw new Error('no such packet');
  }

  async incomingDelPacket({ id }: Owner, { messageId = 0 }: Numbered): Promise<void> {
    const numbers = this.#incoming.get(id);
    if (!numbers?.delete(messageId)) throw new Error('no such packet');
    if (numbers.size === 0) this.#incoming.delete(id);
  }

  async cleanIncoming({ id }: Owner): Promise<void> {
    this.#incoming.delete(id);
  }

  async addSubscriptions(): Promise<void> {}
  async removeSubscriptions(): Promise<void> {}
  async cleanSubscriptions(): Promise<void> {}
  async subscriptionsByClient(): Promise<Subscription[]> {
    return [];
  }
  async subscriptionsByTopic(): Promise<Subscription[]> {
    return [];
  }

  async outgoingEnqueue(): Promise<void> {}
  async outgoingEnqueueCombi(): Promise<void> {}
  async outgoingUpdate(): Promise<void> {}
  async outgoingClearMessageId(): Promise<void> {}
  outgoingStream(): Iterable<never> {
    return [];
  }

  async putWill(): Promise<void> {}
  async delWill(): Promise<void> {}
  streamWill(): Iterable<never> {
    return [];
  }
}
