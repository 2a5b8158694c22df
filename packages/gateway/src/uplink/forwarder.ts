import {
  asFairleadError,
  type Clock,
  type FairleadError,
  type Log,
  pause,
  timeLimit,
  Waiters,
} from '@fairlead/core';
import { gatewayErrors } from '../catalogue.ts';
import type { JournalTerms } from '../journal-port.ts';
import { gatewayLimits } from '../limits.ts';
import type { Bus, BusMessage } from '../ports.ts';
import { publishEach } from '../publish.ts';
import type { Topics } from '../topics.ts';
import { withOrigin } from './origin-in-payload.ts';
import { uplinkProperties } from './uplink-properties.ts';
import { readUplink } from './uplink-record.ts';
import type { UplinkTraces } from './uplink-traces.ts';

export interface ForwarderPorts extends JournalTerms {
  readonly bus: Bus;
  readonly topics: Topics;
  readonly clock: Clock;
  readonly log: Log;
  readonly traces?: UplinkTraces | undefined;
}

/** Codes after which nothing can be published. */
const ENDS: readonly string[] = ['BUS_CLOSED', 'JOURNAL_CLOSED'];
const { forwardWindow, forwardRetry, forwardFarewell } = gatewayLimits.values;

/**
 * Takes uplinks from the journal to the bus, in order. What the bus has is confirmed; what it may not have is published again:
 * after a lost connection, and after a crash.
 */
export class Forwarder {
  readonly #ports: ForwarderPorts;
  readonly #stop = new AbortController();
  readonly #confirmed = new Waiters();
  #running: Promise<void> | undefined;

  constructor(ports: ForwarderPorts) {
    this.#ports = ports;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Ends when the bus has all that is in the journal, or after a short time: the rest follows when the service starts again. */
  async close(): Promise<void> {
    const { journal, clock } = this.#ports;
    using limit = timeLimit(clock, forwardFarewell, this.#stop.signal, () =>
      gatewayErrors.error('JOURNAL_KEEPS'),
    );
    try {
      while (!journal.empty) await this.#confirmed.wait(limit.signal);
    } catch {} // the time is over
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock, log, journal } = this.#ports;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const attempt = new AbortController();
      try {
        await this.#forward(attempt, AbortSignal.any([signal, attempt.signal]));
      } catch (cause) {
        const error = asFairleadError(attempt.signal.aborted ? attempt.signal.reason : cause);
        if (signal.aborted || ENDS.includes(error.code)) return;
        log.warn({ code: error.code }, `${error.message} Messages of the journal are published again.`);
        journal.rewind();
      } finally {
        attempt.abort();
      }
      await pause(clock, forwardRetry, signal);
    }
  }

  /** Until something fails: then it rejects, and the journal is to be rewound. */
  async #forward(attempt: AbortController, signal: AbortSignal): Promise<never> {
    const { bus, journal } = this.#ports;
    const arriving: Promise<void>[] = [];
    for (;;) {
      const { payloads, last } = await journal.read(signal);
      await bus.drained(signal); // in this order: the bus may go away while nothing is there to be read
      signal.throwIfAborted();
      const traced = this.#publish(payloads);
      const arrived = bus.flushed(signal).then(
        () => {
          if (traced !== undefined) for (const done of traced) done();
          journal.confirm(last);
          this.#confirmed.resolve();
        },
        (error) => attempt.abort(error),
      );
      arriving.push(arrived);
      if (arriving.length >= forwardWindow) await arriving.shift();
    }
  }

  /** Throws what may go well later. Returns what to call when the bus has them, of messages that are traced. */
  #publish(payloads: readonly Buffer[]): (() => void)[] | undefined {
    const { bus, topics, origin, traces } = this.#ports;
    let traced: (() => void)[] | undefined;
    const withProperties = bus.carriesProperties === true;
    const messages: BusMessage[] = [];
    for (const bytes of payloads) {
      const uplink = readUplink(bytes);
      if (uplink === undefined) {
        this.#refuse(gatewayErrors.error('JOURNAL_RECORD_UNKNOWN', { bytes: bytes.length }));
        continue;
      }
      const trace = traces?.publishes(uplink.origin);
      if (trace !== undefined) traced = [...(traced ?? []), trace.done];
      messages.push({
        topic: topics[uplink.kind].of(uplink.device.name),
        payload: origin === 'payload' ? withOrigin(uplink) : uplink.payload,
        properties: withProperties ? uplinkProperties(uplink, trace?.traceparent) : undefined,
      });
    }
    let later: FairleadError | undefined;
    publishEach(bus, messages, (index, error) => {
      if (error.retryable || ENDS.includes(error.code)) later = error;
      else this.#refuse(error, messages[index]?.topic);
    });
    if (later !== undefined) throw later;
    return traced;
  }

  #refuse(error: FairleadError, topic?: string): void {
    this.#ports.log.warn({ code: error.code, topic }, error.message);
  }
}
