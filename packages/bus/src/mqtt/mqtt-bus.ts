import { type FairleadError, Fifo, isFairleadError, Waiters } from '@fairlead/core';
import { Adapter } from '../adapter.ts';
import { busErrors } from '../catalogue.ts';
import { networkFailure } from '../failure.ts';
import { busLimits } from '../limits.ts';
import type { BusAdapter, BusHandler, BusMessage, BusStats, BusSubscription } from '../port.ts';
import { Redial } from '../redial.ts';
import { checkFilter, TopicEncoder } from '../topic.ts';
import { type MqttBusOptions, type MqttSettings, mqttSettings } from './options.ts';
import type { PublishQueue } from './publish-queue.ts';
import { Qos0Queue } from './qos0-queue.ts';
import { Qos1Queue } from './qos1-queue.ts';
import { Session, type SessionEvents } from './session.ts';

const { behind } = busLimits.values;

/**
 * A bus over an MQTT broker that runs elsewhere. Returns at once; the bus then connects, and reconnects whenever the
 * connection is lost. `ready()` waits for the connection. Rejects with OPTION_UNKNOWN, OPTION_INVALID or BUS_SECRET_UNREADABLE.
 */
export async function mqttBus(options: MqttBusOptions): Promise<BusAdapter> {
  const settings = mqttSettings(options);
  await settings.client();
  const bus = new MqttBus(settings);
  void bus.dial();
  return bus;
}

class MqttBus extends Adapter<MqttSettings> {
  readonly kind = 'mqtt';
  readonly carriesProperties: boolean;
  readonly #queue: PublishQueue;
  /** Pings sent to learn that the broker has read everything up to a message (QoS 0). */
  readonly #marks = new Fifo<{ readonly ping: number; readonly upTo: number }>();
  /** The message of the newest mark. */
  #marked = 0;
  readonly #redial: Redial;
  #session: Session | undefined;
  #connections = 0;
  #sessionOver = new Waiters();

  constructor(settings: MqttSettings) {
    super(settings);
    this.#redial = new Redial(settings, () => void this.dial());
    const { version, qos, inFlight, maxPayload, queue } = settings;
    this.carriesProperties = version === 5;
    const limits = { maxPayload, queue: queue.limit };
    const events = {
      progress: () => this.progress(),
      refused: (topic: string, reason: string) => this.messageRefused(topic, reason),
    };
    this.#queue =
      qos === 0
        ? new Qos0Queue(version, new TopicEncoder(), limits, events)
        : new Qos1Queue(version, inFlight, new TopicEncoder(), limits, events);
  }

  stats(): BusStats {
    return {
      published: this.#queue.taken,
      received: this.subscriptions.received,
      refused: this.refused,
      dropped: 0,
      queuedMessages: this.#queue.messages,
      queuedBytes: this.#queue.bytes,
      reconnects: Math.max(0, this.#connections - 1),
    };
  }

  publish(batch: readonly BusMessage[]): boolean {
    this.mustBeOpen();
    this.#queue.add(batch);
    return this.state === 'connected' && this.#queue.bytes < this.settings.queue.highWater;
  }

  check(batch: readonly BusMessage[]): void {
    this.mustBeOpen();
    this.#queue.check(batch);
  }

  async subscribe(filter: string, handler: BusHandler): Promise<BusSubscription> {
    this.mustBeOpen();
    checkFilter(filter, this.settings.version === 5);
    const added = this.subscriptions.add(filter, handler);
    try {
      await this.#session?.subscribe(filter);
    } catch (error) {
      added.remove();
      throw error;
    }
    return {
      close: async () => {
        if (added.remove()) await this.#session?.unsubscribe(filter);
      },
    };
  }

  /** Makes one attempt to connect; what follows from it comes as events. */
  async dial(): Promise<void> {
    const { endpoint, qos, connectTimeout, clock } = this.settings;
    try {
      // Both may throw: a secret cannot be read, or the key is not one.
      const client = await this.settings.client();
      if (this.state === 'closed') return;
      const options = { endpoint, client, qos, connectTimeout, clock };
      this.#session = new Session(options, () => this.subscriptions.filters(), this.#sessionEvents());
    } catch (error) {
      this.#lost(isFairleadError(error) ? error : networkFailure(error as Error, endpoint, 'connect'));
    }
  }

  #sessionEvents(): SessionEvents {
    const { endpoint, log } = this.settings;
    return {
      open: (wire) => {
        this.#redial.opened();
        this.#connections++;
        this.newConnection();
        this.#clearMarks();
        this.status.connected({ endpoint });
        this.#queue.attach(wire);
        this.progress();
      },
      drained: () => this.#queue.resume(),
      message: (topic, payload, delivery, ids) => this.subscriptions.dispatch(topic, payload, delivery, ids),
      idOf: (filter) => this.subscriptions.idOf(filter),
      acknowledged: (id, reason) => this.#queue.acknowledged(id, reason),
      pong: (ping) => this.#pong(ping),
      subscriptionRefused: (filter) => {
        const error = busErrors.error('BUS_SUBSCRIBE_REFUSED', { filter });
        log.error({ code: error.code, filter }, error.message);
      },
      closed: (cause) => {
        this.#session = undefined;
        this.#lost(cause);
        this.#sessionOver.resolve();
      },
    };
  }

  #lost(cause: FairleadError): void {
    const before = this.#queue.settled;
    const uncertain = this.#queue.detach();
    if (uncertain > 0)
      this.waitFlushed.reject(busErrors.error('BUS_UNCONFIRMED', { messages: uncertain }), before);
    this.#clearMarks();
    if (this.state === 'closed') return;
    this.status.down(cause);
    this.#redial.lost();
  }

  protected hasRoom(below: number): boolean {
    return this.state === 'connected' && this.#queue.bytes < below;
  }

  protected isBehind(half: boolean): boolean {
    return this.#queue.unsent >= (half ? behind / 2 : behind);
  }

  protected override progress(): void {
    super.progress();
    if (!this.waitFlushed.waiting) return;
    this.waitFlushed.release(this.#queue.settled);
    this.#mark();
  }

  protected async flush(signal?: AbortSignal): Promise<void> {
    const target = this.#queue.taken;
    if (this.#queue.settled >= target) return;
    const waiting = this.waitFlushed.wait(target, signal);
    this.#mark();
    await waiting;
  }

  /** At QoS 0 nothing is confirmed, but a ping is answered after everything before it was read. */
  #mark(): void {
    const { sent } = this.#queue;
    const marked = Math.max(this.#queue.settled, this.#marked);
    if (this.settings.qos !== 0 || this.#session === undefined || this.state !== 'connected') return;
    // One ping for all that is queued, or for what was sent when the queue is endless.
    if (sent > marked && (sent === this.#queue.taken || this.#marks.length === 0)) {
      this.#marks.push({ ping: this.#session.ping(), upTo: sent });
      this.#marked = sent;
    }
  }

  #clearMarks(): void {
    this.#marks.take();
    this.#marked = 0;
  }

  #pong(ping: number): void {
    while (this.#marks.first !== undefined && this.#marks.first.ping <= ping)
      this.#queue.settle(this.#marks.shift()?.upTo ?? 0);
    this.progress();
  }

  protected unflushed(): FairleadError {
    const { bytes, messages, sent, settled } = this.#queue;
    if (messages > 0) {
      const limit = this.settings.closeGrace;
      return busErrors.error('BUS_UNFLUSHED', { messages, size: bytes, limit });
    }
    return busErrors.error('BUS_UNCONFIRMED', { messages: sent - settled });
  }

  protected async leave(): Promise<void> {
    this.#redial.stop();
    if (this.#session === undefined) return;
    const over = this.#sessionOver.wait();
    this.#session.end(1_000);
    await over;
  }
}
