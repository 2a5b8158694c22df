import { type FairleadError, isFairleadError, type Timer } from '@fairlead/core';
import { busErrors } from '../catalogue.ts';
import { networkFailure } from '../failure.ts';
import type { BusAdapter, BusHandler, BusSubscription } from '../port.ts';
import { QueuedAdapter } from '../queued-adapter.ts';
import { Redial } from '../redial.ts';
import { checkFilter } from '../topic.ts';
import type { NatsBusOptions } from './options.ts';
import { NatsSession, type NatsSessionEvents } from './session.ts';
import { type NatsSettings, natsSettings } from './settings.ts';
import type { StreamAnswer } from './stream.ts';

/** Bytes in flight: what the library and the socket hold, which have no bound of their own. */
const IN_FLIGHT_BYTES = 2 ** 20;
/** Bytes after which a ping asks whether the server has read them. */
const PING_EVERY = 2 ** 18;

/**
 * A bus over NATS, see `subject.ts` for topics and `headers.ts` for what accompanies a message. A message stays in the queue
 * until the server has read it, or, with a stream of JetStream, until the stream has stored it; after a lost connection it is
 * sent again. So it arrives there at least once. Subscriptions are those of NATS itself: a message that is published while
 * this process is away is not delivered. `retain` has no meaning. Returns at once, and then connects.
 * Rejects with OPTION_UNKNOWN, OPTION_INVALID or BUS_SECRET_UNREADABLE.
 */
export async function natsBus(options: NatsBusOptions): Promise<BusAdapter> {
  const settings = natsSettings(options);
  await settings.client();
  const bus = new NatsBus(settings);
  void bus.dial();
  return bus;
}

class NatsBus extends QueuedAdapter<NatsSettings> {
  readonly kind = 'nats';
  readonly carriesProperties = true;
  readonly #redial: Redial;
  /** For a stream that cannot store messages now. */
  readonly #again: Redial;
  #session: NatsSession | undefined;
  /** Messages in flight that the stream will answer for. */
  readonly #atStream = new Set<number>();
  #busy = false;
  #ackTimer: Timer | undefined;
  #leaving = false;

  constructor(settings: NatsSettings) {
    super(settings);
    this.#redial = new Redial(settings, () => void this.dial());
    this.#again = new Redial(settings, () => this.#sendAgain());
  }

  async subscribe(filter: string, handler: BusHandler): Promise<BusSubscription> {
    this.mustBeOpen();
    checkFilter(filter, true);
    const { first, remove } = this.subscriptions.add(filter, handler);
    // The next connection subscribes again.
    if (first) await this.#session?.subscribe(filter).catch(() => {});
    return {
      close: async () => {
        if (remove()) this.#session?.unsubscribe(filter);
      },
    };
  }

  /** Makes one attempt to connect; what follows from it comes as events. */
  async dial(): Promise<void> {
    let session: NatsSession | undefined;
    try {
      session = await NatsSession.open(
        this.settings,
        this.#events(() => session),
      );
      if (this.#leaving) {
        await session.close();
        return;
      }
      await Promise.all(this.subscriptions.filters().map((filter) => session?.subscribe(filter)));
      this.#opened(session);
    } catch (error) {
      void session?.close();
      const { endpoint } = this.settings;
      this.#lost(isFairleadError(error) ? error : networkFailure(error as Error, endpoint, 'connect'));
    }
  }

  #events(own: () => NatsSession | undefined): NatsSessionEvents {
    return {
      message: (filter, topic, payload, delivery) =>
        this.subscriptions.dispatchTo(filter, topic, payload, delivery),
      answered: (number, answer) => this.#answered(number, answer),
      publishForbidden: (topic) => this.#forbidden(topic),
      subscribeForbidden: (filter) => {
        const error = busErrors.error('BUS_SUBSCRIBE_REFUSED', { filter });
        this.settings.log.error({ code: error.code, filter }, error.message);
      },
      closed: (cause) => {
        if (this.#session === undefined || own() !== this.#session) return;
        this.#session = undefined;
        this.#lost(cause);
      },
    };
  }

  #opened(session: NatsSession): void {
    // A filter that was added meanwhile.
    for (const filter of this.subscriptions.filters())
      if (!session.has(filter)) void session.subscribe(filter).catch(() => {});
    this.#session = session;
    this.#redial.opened();
    this.connections++;
    this.newConnection();
    this.status.connected({ endpoint: this.settings.endpoint });
    this.pump();
    this.progress();
  }

  #lost(cause: FairleadError): void {
    this.#again.stop();
    this.#busy = false;
    this.#clearAckTimer();
    this.#atStream.clear();
    this.queue.putBack();
    if (this.state === 'closed') return;
    this.status.down(cause);
    this.#redial.lost();
  }

  protected pump(): void {
    const session = this.#session;
    if (session === undefined || this.#busy) return;
    let unasked = 0;
    let last = 0;
    while (this.queue.inFlight < this.settings.inFlight && this.queue.inFlightBytes < IN_FLIGHT_BYTES) {
      const entry = this.queue.next();
      if (entry === undefined) break;
      const { message, number, bytes } = entry;
      const sent = session.send(message, number);
      if (sent === 'stream') this.#atStream.add(number);
      else if (sent === 'server') {
        last = number;
        unasked += bytes;
      } else {
        this.queue.confirm(number);
        this.messageRefused(message.topic, sent.refused);
      }
      if (unasked < PING_EVERY) continue;
      this.#ask(session, last);
      unasked = 0;
    }
    if (unasked > 0) this.#ask(session, last);
    if (this.#atStream.size > 0) this.#ackTimer ??= this.#watchAcks(session);
  }

  /** Confirms the messages up to this number, except those at the stream, when the server has read them. */
  #ask(session: NatsSession, upTo: number): void {
    session.ping().then(
      () => {
        if (session !== this.#session) return;
        this.queue.confirmUpTo(upTo, this.#atStream);
        this.#moved();
      },
      () => {}, // the connection is over, which its own event tells
    );
  }

  #answered(number: number, answer: StreamAnswer): void {
    if (!this.#atStream.has(number)) return;
    if (answer.kind === 'busy') {
      this.#hold(answer.reason);
      return;
    }
    this.#atStream.delete(number);
    const entry = this.queue.confirm(number);
    if (answer.kind === 'refused') this.messageRefused(entry?.message.topic ?? '', answer.reason);
    else if (this.state === 'down' && !this.#busy) {
      this.#again.opened();
      this.status.connected({ endpoint: this.settings.endpoint });
    }
    this.#moved();
  }

  #moved(): void {
    this.pump();
    this.progress();
  }

  /** The stream stores nothing now: sends nothing for a while, and then all again that it has not stored. */
  #hold(reason: string): void {
    const { stream } = this.settings;
    if (this.#busy) return;
    this.#busy = true;
    this.#clearAckTimer();
    this.status.down(busErrors.error('BUS_STREAM_UNAVAILABLE', { stream: stream?.name ?? '', reason }));
    this.#again.lost();
  }

  #sendAgain(): void {
    this.#busy = false;
    this.#atStream.clear();
    this.queue.putBack();
    this.pump();
  }

  /** Gives the connection up if the oldest message at the stream stays the same for the time limit. */
  #watchAcks(session: NatsSession): Timer {
    const { clock, ackTimeout, endpoint } = this.settings;
    const [oldest] = this.#atStream;
    return clock.after(ackTimeout, () => {
      this.#ackTimer = undefined;
      const [now] = this.#atStream;
      if (now === undefined || session !== this.#session) return;
      if (now === oldest) void session.close(busErrors.error('BUS_BROKER_SILENT', { endpoint }));
      else this.#ackTimer = this.#watchAcks(session);
    });
  }

  #clearAckTimer(): void {
    this.settings.clock.clear(this.#ackTimer);
    this.#ackTimer = undefined;
  }

  /** The server refused a message on the topic, without saying which: it counts for the oldest one. */
  #forbidden(topic: string): void {
    const number = this.queue.oldestOn(topic);
    if (number !== undefined) {
      this.#atStream.delete(number);
      this.queue.confirm(number);
    }
    this.messageRefused(topic, 'this user may not publish on it');
    this.#moved();
  }

  protected async leave(): Promise<void> {
    this.#leaving = true;
    this.#redial.stop();
    this.#again.stop();
    this.#clearAckTimer();
    const session = this.#session;
    this.#session = undefined;
    await session?.close();
  }
}
