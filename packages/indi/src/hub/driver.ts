import { backoff, type FairleadError, Link, type LinkOwner, type Timer } from '@fairlead/tcp';
import { indiLimits } from '../limits.ts';
import { type IndiPayload, indiElements, type RawElement } from '../wire/index.ts';
import { HeadingReader } from './heading.ts';
import { Interest } from './interest.ts';
import type { SourceContext } from './options.ts';
import { Outbox } from './outbox.ts';
import { type DriverCommand, DriverProcess } from './process.ts';
import type { Source, SourceEvents, SourceState } from './source.ts';

/** A driver that the hub runs: in a process of its own, started again when it ends, after waits that grow. */
export class DriverSource implements Source, LinkOwner<RawElement, IndiPayload> {
  readonly name: string;
  readonly kind = 'driver';
  readonly only = undefined;
  readonly devices = new Set<string>();
  readonly wishes = new Set<string>();
  state: SourceState = 'starting';
  interest = new Interest();
  reader = new HeadingReader();
  outbox: Outbox;
  restarts = 0;
  cause: FairleadError | undefined;
  readonly #command: DriverCommand;
  readonly #context: SourceContext;
  readonly #events: SourceEvents;
  #process: DriverProcess | undefined;
  #link: Link<RawElement, IndiPayload> | undefined;
  #timer: Timer | undefined;
  #failures = 0;
  #startedAt = 0;
  #closed: Promise<void> | undefined;
  #ended: (() => void) | undefined;

  constructor(name: string, command: DriverCommand, context: SourceContext, events: SourceEvents) {
    this.name = name;
    this.#command = command;
    this.#context = context;
    this.#events = events;
    this.outbox = this.#newOutbox();
  }

  get pid(): number | undefined {
    return this.state === 'running' ? this.#process?.pid : undefined;
  }

  start(): void {
    const { clock, limits, log } = this.#context;
    this.#startedAt = clock.monotonic();
    this.#process = new DriverProcess(this.name, this.#command, {
      clock,
      grace: limits.driverGrace,
      maxLine: indiLimits.values.logLine,
      line: (text) => log.info({ driver: this.name }, text),
    });
    const codec = indiElements({
      maxElement: limits.maxElement,
      maxBlob: limits.maxBlob,
      // A driver that prints what is no INDI by mistake is still the only one for its device.
      resync: (error) => log.warn({ driver: this.name, code: error.code }, error.message),
    });
    this.interest = new Interest();
    this.reader = new HeadingReader();
    this.outbox = this.#newOutbox();
    this.#link = new Link(this.#process, codec, this, {
      clock,
      writeBuffer: limits.driverQueue,
      closeGrace: limits.driverGrace * 3, // the process's own grace ends before
    });
    this.state = 'running';
    this.#events.up(this);
    this.#link.flow();
  }

  frames(_link: Link<RawElement, IndiPayload>, batch: RawElement[]): void {
    this.#events.elements(this, batch);
  }

  writable(): void {
    this.outbox.writable();
  }

  closed(_link: Link<RawElement, IndiPayload>, cause: FairleadError): void {
    const { clock, limits, random, log } = this.#context;
    this.outbox.close();
    this.cause = cause;
    const stopped = this.state === 'stopped';
    if (!stopped) this.state = 'waiting';
    this.#events.down(this, cause);
    this.#ended?.();
    if (stopped) return;
    if (clock.monotonic() - this.#startedAt >= limits.restartStable) this.#failures = 0;
    const { restartMin: min, restartMax: max } = limits;
    const wait = Math.round(backoff(this.#failures++, { min, max, jitter: 'full' }, random));
    log.warn({ driver: this.name, code: cause.code, wait }, cause.message);
    this.#timer = clock.after(wait, () => {
      this.restarts++;
      this.start();
    });
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const running = this.state === 'running';
    this.state = 'stopped';
    this.#context.clock.clear(this.#timer);
    if (!running) return;
    const ended = new Promise<void>((resolve) => {
      this.#ended = resolve;
    });
    this.#link?.close();
    await ended;
  }

  #newOutbox(): Outbox {
    const { driverQueue } = this.#context.limits;
    const exit = {
      forward: (bytes: Uint8Array) => this.#link?.forward(bytes) ?? true,
      destroy: (cause: FairleadError) => this.#link?.destroy(cause),
    };
    return new Outbox(exit, { queue: driverQueue, streamQueue: driverQueue });
  }
}
