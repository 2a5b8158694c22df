/**
 * Whether the service is there, as a retained message on the bus:
 *
 *     bus connected ----> {"status":"online","since":...}
 *     graceful stop ----> {"status":"offline","since":...}
 *     no sign of it ----> {"status":"offline"}               by the broker: the last will of the connection
 */
import { hostname } from 'node:os';
import type { BusAdapter, BusMessage } from '@fairlead/bus';
import { asFairleadError, type Clock, type Log } from '@fairlead/core';

type StatusBus = Pick<BusAdapter, 'state' | 'on' | 'publish'>;

/** The topic: `{node}` becomes the name of this machine. undefined: the configuration says `off`. */
export function serviceTopic(template: string, node = hostname()): string | undefined {
  return template === 'off' ? undefined : template.replace('{node}', node.replace(/[/+#\0]/g, '_'));
}

/** What the broker publishes when the service is gone. It was handed over before, so it cannot say since when. */
export function serviceWill(topic: string): BusMessage {
  return { topic, payload: JSON.stringify({ status: 'offline' }), retain: true };
}

/** Announces the service each time the bus connects: the will of an earlier connection may have been published meanwhile. */
export class ServiceStatus implements Disposable {
  readonly #bus: StatusBus;
  readonly #topic: string;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #since: number;
  readonly #unwatch: () => void;

  constructor(bus: StatusBus, topic: string, clock: Clock, log: Log) {
    this.#bus = bus;
    this.#topic = topic;
    this.#clock = clock;
    this.#log = log;
    this.#since = clock.now();
    this.#unwatch = bus.on('state', ({ to }) => {
      if (to === 'connected') this.#tell('online', this.#since);
    });
    if (bus.state === 'connected') this.#tell('online', this.#since);
  }

  /** The service stops; the bus is closed later. */
  [Symbol.dispose](): void {
    this.#unwatch();
    this.#tell('offline', this.#clock.now());
  }

  #tell(status: 'online' | 'offline', since: number): void {
    const payload = JSON.stringify({ status, since: new Date(since).toISOString() });
    try {
      this.#bus.publish([{ topic: this.#topic, payload, retain: true }]);
    } catch (error) {
      const { code, message } = asFairleadError(error);
      this.#log.error({ topic: this.#topic, code }, `not published: ${message}`);
    }
  }
}
