import type { Writable } from 'node:stream';
import { type Clock, type Duration, type Log, type Size, silentLog, systemClock } from '@fairlead/core';
import { busErrors } from '../catalogue.ts';
import { jsonForm } from '../json-form.ts';
import { busLimits } from '../limits.ts';
import { checkKeys, duration, type QueueOptions, queueBounds, size } from '../options.ts';
import type { BusAdapter, BusHandler, BusSubscription } from '../port.ts';
import { QueuedAdapter, type QueuedSettings } from '../queued-adapter.ts';
import { checkFilter } from '../topic.ts';

export interface StdoutBusOptions {
  /** Default: the standard output of this process. It is not closed. */
  readonly stream?: Writable;
  readonly closeGrace?: Duration;
  readonly queue?: QueueOptions;
  readonly maxPayload?: Size;
  readonly log?: Log;
  readonly clock?: Clock;
}

const KEYS = ['stream', 'closeGrace', 'queue', 'maxPayload', 'log', 'clock'];
/** What one write joins at least, in characters, where more waits. */
const WRITE = 2 ** 16;

interface StdoutSettings extends QueuedSettings {
  readonly stream: Writable;
}

/**
 * A bus that writes each message as a line of JSON, see {@link jsonForm}, for a program that reads the standard output. It
 * receives nothing. When the reader is gone, it is `down` (BUS_OUTPUT_FAILED) and stays so.
 * Throws OPTION_UNKNOWN, OPTION_INVALID.
 */
export function stdoutBus(options: StdoutBusOptions = {}): BusAdapter {
  checkKeys(options, KEYS, 'stdoutBus()');
  const { values } = busLimits;
  return new StdoutBus({
    stream: options.stream ?? process.stdout,
    closeGrace: duration('closeGrace', options.closeGrace, values.closeGrace, 0),
    queue: queueBounds(options.queue),
    maxPayload: size('maxPayload', options.maxPayload, values.payload, 2 ** 28),
    log: options.log ?? silentLog,
    clock: options.clock ?? systemClock,
  });
}

class StdoutBus extends QueuedAdapter<StdoutSettings> {
  readonly kind = 'stdout';
  readonly carriesProperties = true;
  #blocked = false;
  readonly #onError = (cause: Error) => {
    this.#blocked = true;
    const reason = (cause as NodeJS.ErrnoException).code ?? cause.message;
    this.status.down(busErrors.error('BUS_OUTPUT_FAILED', { reason }, cause));
  };
  readonly #onDrain = () => {
    this.#blocked = false;
    this.pump();
  };

  constructor(settings: StdoutSettings) {
    super(settings);
    settings.stream.on('error', this.#onError);
    settings.stream.on('drain', this.#onDrain);
    this.status.connected({ kind: this.kind });
  }

  /** Checks the filter. No message ever comes. */
  async subscribe(filter: string, _handler: BusHandler): Promise<BusSubscription> {
    this.mustBeOpen();
    checkFilter(filter);
    return { close: async () => {} };
  }

  protected pump(): void {
    while (!this.#blocked && this.state === 'connected' && this.queue.waiting > 0) {
      let lines = '';
      let upTo = 0;
      while (lines.length < WRITE) {
        const entry = this.queue.next();
        if (entry === undefined) break;
        lines += `${jsonForm(entry.message)}\n`;
        upTo = entry.number;
      }
      this.#blocked = !this.settings.stream.write(lines, (error) => {
        if (!error) this.#written(upTo);
      });
    }
  }

  #written(upTo: number): void {
    this.queue.confirmUpTo(upTo);
    this.progress();
  }

  protected async leave(): Promise<void> {
    this.settings.stream.off('drain', this.#onDrain);
    // Its error handler stays: a write that fails late must not end the process.
  }
}
