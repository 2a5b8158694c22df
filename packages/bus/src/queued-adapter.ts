import type { FairleadError } from '@fairlead/core';
import { Adapter, type AdapterSettings } from './adapter.ts';
import { busErrors } from './catalogue.ts';
import { busLimits } from './limits.ts';
import { MessageQueue } from './message-queue.ts';
import type { BusMessage, BusStats } from './port.ts';

const { behind } = busLimits.values;

export interface QueuedSettings extends AdapterSettings {
  readonly maxPayload: number;
}

/** An adapter whose messages wait in a {@link MessageQueue} until the other side has confirmed them. */
export abstract class QueuedAdapter<S extends QueuedSettings> extends Adapter<S> {
  protected readonly queue: MessageQueue;
  #scheduled: NodeJS.Immediate | undefined;
  /** Connections so far. */
  protected connections = 0;

  constructor(settings: S) {
    super(settings);
    this.queue = new MessageQueue({ maxPayload: settings.maxPayload, queue: settings.queue.limit });
  }

  /** Sends what may be sent. Called once for all that is published in a turn of the event loop. */
  protected abstract pump(): void;

  publish(batch: readonly BusMessage[]): boolean {
    this.mustBeOpen();
    this.queue.add(batch);
    this.#scheduled ??= setImmediate(() => {
      this.#scheduled = undefined;
      this.pump();
    });
    return this.hasRoom(this.settings.queue.highWater);
  }

  check(batch: readonly BusMessage[]): void {
    this.mustBeOpen();
    this.queue.check(batch);
  }

  stats(): BusStats {
    return {
      published: this.queue.taken,
      received: this.subscriptions.received,
      refused: this.refused,
      dropped: 0,
      queuedMessages: this.queue.messages,
      queuedBytes: this.queue.bytes,
      reconnects: Math.max(0, this.connections - 1),
    };
  }

  protected hasRoom(below: number): boolean {
    return this.state === 'connected' && this.queue.bytes < below;
  }

  /** What is in flight waits for nobody but the other side. */
  protected isBehind(half: boolean): boolean {
    const { bytes, inFlightBytes } = this.queue;
    return bytes - inFlightBytes >= (half ? behind / 2 : behind);
  }

  protected override progress(): void {
    super.progress();
    if (this.waitFlushed.waiting) this.waitFlushed.release(this.queue.settled);
  }

  protected async flush(signal?: AbortSignal): Promise<void> {
    const target = this.queue.taken;
    if (this.queue.settled < target) await this.waitFlushed.wait(target, signal);
  }

  protected unflushed(): FairleadError {
    const { messages, bytes } = this.queue;
    return busErrors.error('BUS_UNFLUSHED', { messages, size: bytes, limit: this.settings.closeGrace });
  }
}
