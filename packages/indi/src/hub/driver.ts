import { backoff, type FairleadError, isFairleadError, type Timer } from '@fairlead/core';
import { FramedLink, type LinkOwner } from '@fairlead/tcp/internal';
import { indiErrors } from '../catalogue.ts';
import { HEARTBEAT } from '../heartbeat.ts';
import { indiLimits } from '../limits.ts';
import { type IndiPayload, indiElements, type RawElement } from '../wire/index.ts';
import { ElementQueue } from './element-queue.ts';
import { HeadingReader } from './heading.ts';
import { Interest } from './interest.ts';
import { beatFor, DriverLiveness } from './liveness.ts';
import type { SourceContext } from './options.ts';
import { type DriverCommand, DriverProcess } from './process.ts';
import type { Source, SourceEvents } from './source.ts';
import { type SourceEvent, type SourceState, sourceTransitions } from './source-state.ts';

/** A driver that the hub runs: in a process of its own, started again when it ends, after waits that grow. */
export class DriverSource implements Source, LinkOwner<RawElement, IndiPayload> {
  readonly name: string;
  readonly kind = 'driver';
  readonly only = undefined;
  readonly connect: boolean;
  readonly devices = new Set<string>();
  readonly blobSubscriptions = new Set<string>();
  state: SourceState = 'starting';
  interest = new Interest();
  reader = new HeadingReader();
  queue: ElementQueue;
  restarts = 0;
  cause: FairleadError | undefined;
  warning: FairleadError | undefined;
  readonly mirrors = new Set<ElementQueue>();
  readonly #command: DriverCommand;
  readonly #context: SourceContext;
  readonly #events: SourceEvents;
  #process: DriverProcess | undefined;
  #link: FramedLink<RawElement, IndiPayload> | undefined;
  #liveness: DriverLiveness;
  #timer: Timer | undefined;
  #failures = 0;
  #startedAt = 0;
  #stopping: Promise<void> | undefined;
  #ended: (() => void) | undefined;

  constructor(name: string, command: DriverCommand, context: SourceContext, events: SourceEvents) {
    this.name = name;
    this.#command = command;
    this.connect = command.connect ?? false;
    this.#context = context;
    this.#events = events;
    this.queue = this.#newQueue();
    this.#liveness = this.#newLiveness();
  }

  get pid(): number | undefined {
    return this.state === 'running' ? this.#process?.pid : undefined;
  }

  start(): void {
    if (this.state === 'running') return;
    if (this.state !== 'starting') this.#become('start');
    const { clock, limits, log } = this.#context;
    clock.clear(this.#timer);
    this.#timer = undefined;
    this.#startedAt = clock.monotonic();
    try {
      const heartbeat = String(beatFor(limits.driverSilence));
      const { command, cwd, device, config, env } = this.#command;
      const own = {
        [HEARTBEAT]: heartbeat,
        ...(device !== undefined && { INDIDEV: device }),
        ...(config !== undefined && { INDICONFIG: config }),
        ...env,
      };
      this.#process = new DriverProcess(
        this.name,
        { command, cwd, env: own },
        {
          clock,
          grace: limits.driverGrace,
          maxLine: indiLimits.values.logLine,
          line: (text) => log.info({ driver: this.name }, text),
        },
      );
    } catch (error) {
      const status = error instanceof Error ? error.message : String(error);
      this.#again(indiErrors.error('DRIVER_ENDED', { driver: this.name, status }, error));
      return;
    }
    const codec = indiElements({
      maxElement: limits.maxElement,
      maxBlob: limits.maxBlob,
      // A driver that prints what is no INDI by mistake is still the only one for its device.
      indiOnly: true,
      resync: (error) => log.warn({ driver: this.name, code: error.code }, error.message),
    });
    this.interest = new Interest();
    this.reader = new HeadingReader();
    this.queue = this.#newQueue();
    this.#liveness = this.#newLiveness();
    this.#link = new FramedLink(this.#process, codec, this, {
      clock,
      writeBuffer: limits.driverQueue,
      closeGrace: limits.driverGrace * 3, // the process's own grace ends before
    });
    this.#become('up');
    this.#events.up(this);
    this.#link.flow();
  }

  frames(_link: FramedLink<RawElement, IndiPayload>, batch: RawElement[]): void {
    this.#liveness.heard();
    this.#events.elements(this, batch);
  }

  beat(): void {
    this.#liveness.beat();
  }

  asked(): void {
    this.#liveness.asked();
  }

  writable(): void {
    this.queue.writable();
  }

  closed(_link: FramedLink<RawElement, IndiPayload>, cause: FairleadError): void {
    this.queue.close();
    this.#liveness.stop();
    const stopped = this.state === 'stopped';
    if (stopped) this.cause = undefined;
    else this.#again(cause);
    this.#events.down(this);
    this.#ended?.();
  }

  /** Starts it again in a while. */
  #again(cause: FairleadError): void {
    const { clock, limits, random, log } = this.#context;
    this.cause = cause;
    this.#become('down');
    if (clock.monotonic() - this.#startedAt >= limits.restartStable) this.#failures = 0;
    const { restartMin: min, restartMax: max } = limits;
    const wait = Math.round(backoff(this.#failures++, { min, max, jitter: 'full' }, random));
    log.warn({ driver: this.name, code: cause.code, wait }, cause.message);
    this.#timer = clock.after(wait, () => {
      this.restarts++;
      this.start();
    });
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop().finally(() => {
      this.#stopping = undefined;
    });
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    const running = this.state === 'running';
    this.#become('stop');
    this.#failures = 0;
    this.#context.clock.clear(this.#timer);
    if (!running) return;
    const ended = new Promise<void>((resolve) => {
      this.#ended = resolve;
    });
    this.#link?.close();
    await ended;
  }

  #become(event: SourceEvent): void {
    this.state = sourceTransitions.next(this.state, event);
  }

  #newLiveness(): DriverLiveness {
    const { clock, limits, log } = this.#context;
    const { driverSilence: limit } = limits;
    const wrong = (code: 'DRIVER_HANGS' | 'DRIVER_SILENT') =>
      indiErrors.error(code, { driver: this.name, limit });
    return new DriverLiveness({
      clock,
      limit,
      hangs: () => this.#link?.destroy(wrong('DRIVER_HANGS')),
      silent: () => {
        this.warning = wrong('DRIVER_SILENT');
        log.warn({ driver: this.name, code: this.warning.code }, this.warning.message);
      },
      heardAgain: () => {
        if (isFairleadError(this.warning, 'DRIVER_SILENT')) this.warning = undefined;
      },
    });
  }

  #newQueue(): ElementQueue {
    const { driverQueue } = this.#context.limits;
    const exit = {
      forward: (bytes: Uint8Array) => this.#link?.forward(bytes) ?? true,
      forwardAll: (pieces: readonly Uint8Array[]) => this.#link?.forwardAll(pieces) ?? true,
      destroy: (cause: FairleadError) => this.#link?.destroy(cause),
    };
    return new ElementQueue(exit, { queue: driverQueue, streamQueue: driverQueue });
  }
}
