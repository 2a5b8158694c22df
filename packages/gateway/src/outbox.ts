import { asFairleadError, type FairleadError } from '@fairlead/core';
import { gatewayLimits } from './limits.ts';
import type { Bus, BusMessage, Log } from './ports.ts';

/** The gateway's way to the bus: knows whether it is slow or away, and lets one message that it refuses harm no other. */
export class Outbox {
  /** Whether the bus asked for a pause. */
  full = false;
  /** Called when it may go on. */
  onReady: () => void = () => {};
  /** Called when far more was published than it asked for: every device must be stopped now, not with its next chunk. */
  onOverfull: () => void = () => {};
  readonly #bus: Bus;
  readonly #log: Log;
  #excess = 0;

  constructor(bus: Bus, log: Log) {
    this.#bus = bus;
    this.#log = log;
  }

  /** Hands the messages over, in order. What the bus refuses, too large for instance, is told one by one. */
  publish(
    messages: readonly BusMessage[],
    refused: (message: BusMessage, error: FairleadError) => void,
  ): void {
    try {
      if (!this.#bus.publish(messages)) this.#pause(messages);
    } catch (error) {
      const [first] = messages;
      if (first === undefined) return;
      if (messages.length === 1) refused(first, asFairleadError(error));
      else for (const message of messages) this.publish([message], refused);
    }
  }

  /** For what belongs to no link that could be told: statuses. */
  publishOrLog(messages: readonly BusMessage[]): void {
    this.publish(messages, ({ topic }, { code, message }) =>
      this.#log.error({ topic, code }, `not published: ${message}`),
    );
  }

  /** Resolves when the bus has everything. Rejects when it cannot tell. */
  flushed(): Promise<void> {
    return this.#bus.flushed();
  }

  #pause(messages: readonly BusMessage[]): void {
    if (this.full) {
      for (const { payload } of messages) this.#excess += payload.length;
      if (this.#excess > gatewayLimits.values.busExcess) {
        this.#excess = 0;
        this.onOverfull();
      }
      return;
    }
    this.full = true;
    this.#excess = 0;
    this.#bus.drained().then(
      () => {
        this.full = false;
        this.onReady();
      },
      () => {}, // closed: the gateway is about to be
    );
  }
}
