/** The live stream of all events. */
import { randomBytes } from 'node:crypto';
import type { Clock } from '@fairlead/core';
import type { StatusChange, Uplink, UplinkObserver } from '@fairlead/gateway';
import { statusEvent, uplinkEvent } from './event.ts';
import { EventRing, type LiveReader, type LiveSink } from './event-ring.ts';

interface LiveStreamOptions {
  /** Bytes that may wait for one reader. */
  readonly buffer: number;
  /** Bytes of events that are kept for readers that were away or are slow. */
  readonly ring: number;
  /** Milliseconds for which events are recorded after the last reader left. */
  readonly resume: number;
  readonly clock: Clock;
}

interface StreamTerms {
  /** Only messages of this device; default: all devices. */
  readonly device?: string | undefined;
  /** Id of the last event that the reader has. */
  readonly after?: string | undefined;
}

/**
 * Passes the messages of the gateway to any number of readers. Without readers, and when the last one left long ago, it costs
 * one comparison per batch. A reader that is too slow, or was away, goes on where it was; it misses only what is no longer kept.
 */
export class LiveStream implements UplinkObserver {
  readonly #options: LiveStreamOptions;
  readonly #ring: EventRing;
  /** Monotonic milliseconds: until then events are recorded without a reader. */
  #recordUntil = Number.NEGATIVE_INFINITY;
  #recording = false;

  constructor(options: LiveStreamOptions) {
    this.#options = options;
    const { buffer, ring: size } = options;
    this.#ring = new EventRing({ epoch: randomBytes(6).toString('hex'), size, buffer });
  }

  get readers(): number {
    return this.#ring.readers;
  }

  open(sink: LiveSink, { device, after }: StreamTerms = {}): LiveReader {
    this.#isRecorded();
    const reader = this.#ring.open(sink, {
      after,
      takes: (name) => device === undefined || device === name,
      missed: (count) => `event: missed\ndata: ${count}\n\n`,
      reset: () => 'event: reset\ndata: {}\n\n',
    });
    this.#recording = true;
    return {
      get position() {
        return reader.position;
      },
      caughtUp: () => reader.caughtUp(),
      close: () => {
        reader.close();
        if (this.readers === 0) this.#recordUntil = this.#options.clock.monotonic() + this.#options.resume;
      },
    };
  }

  uplinks(batch: readonly Uplink[]): void {
    if (!this.#isRecorded()) return;
    for (const uplink of batch) this.#ring.append(uplink.device.name, `data: ${uplinkEvent(uplink)}\n`);
    this.#ring.deliver();
  }

  status(change: StatusChange): void {
    if (!this.#isRecorded()) return;
    this.#ring.append(change.device.name, `data: ${statusEvent(change)}\n`);
    this.#ring.deliver();
  }

  #isRecorded(): boolean {
    if (!this.#recording || this.readers > 0) return this.#recording;
    if (this.#options.clock.monotonic() < this.#recordUntil) return true;
    this.#ring.clear();
    this.#recording = false;
    return false;
  }
}
