import { backoff, type Endpoint, type FairleadError, parseEndpoint, type Timer } from '@fairlead/core';
import { type Client, connect } from '@fairlead/tcp';
import { indiErrors } from '../catalogue.ts';
import { type IndiPayload, indiElements, type RawElement } from '../wire/index.ts';
import { ElementQueue } from './element-queue.ts';
import { HeadingReader } from './heading.ts';
import { Interest } from './interest.ts';
import type { SourceContext } from './options.ts';
import type { Source, SourceEvents } from './source.ts';
import { type SourceEvent, type SourceState, sourceTransitions } from './source-state.ts';

/** INDI's own port. */
export const INDI_PORT = 7624;

export interface ChainAddress {
  readonly endpoint: Endpoint;
  /** Undefined: all devices. */
  readonly device: string | undefined;
}

/** Reads `device@host[:port]` or `@host[:port]`. Throws `CHAIN_INVALID`. */
export function parseChain(text: string): ChainAddress {
  const at = text.lastIndexOf('@');
  const refuse = (reason: string, cause?: unknown): Error =>
    indiErrors.error('CHAIN_INVALID', { chain: text, reason }, cause);
  if (at < 0) throw refuse('there is no @');
  const where = text.slice(at + 1);
  if (where === '') throw refuse('a host must follow the @');
  try {
    return { endpoint: parseEndpoint(where, INDI_PORT), device: text.slice(0, at) || undefined };
  } catch (error) {
    throw refuse((error as Error).message, error);
  }
}

/** A server that the hub is a client of; connected again whenever it is lost. */
export class ChainSource implements Source {
  readonly name: string;
  readonly kind = 'chain';
  readonly only: string | undefined;
  readonly connect = false;
  readonly devices = new Set<string>();
  readonly blobSubscriptions = new Set<string>();
  state: SourceState = 'starting';
  interest = new Interest();
  reader = new HeadingReader();
  queue: ElementQueue;
  restarts = -1;
  cause: FairleadError | undefined;
  warning: FairleadError | undefined;
  readonly mirrors = new Set<ElementQueue>();
  readonly #endpoint: Endpoint;
  readonly #context: SourceContext;
  readonly #events: SourceEvents;
  #client: Client<RawElement, IndiPayload> | undefined;
  #again: Timer | undefined;

  /** @param address `device@host[:port]` or `@host[:port]` */
  constructor(address: string, context: SourceContext, events: SourceEvents) {
    const { endpoint, device } = parseChain(address);
    this.name = address;
    this.only = device;
    this.#endpoint = endpoint;
    this.#context = context;
    this.#events = events;
    this.queue = this.#newQueue();
  }

  start(): void {
    if (this.#client !== undefined) return;
    if (this.state !== 'starting') this.#become('start');
    const { clock, limits, random, dial } = this.#context;
    const { maxElement, maxBlob, restartMin: min, restartMax: max, restartStable: stable } = limits;
    const client = connect<RawElement, IndiPayload>(this.#endpoint, {
      codec: indiElements({ maxElement, maxBlob }),
      reconnect: { min, max, stable },
      whileDown: false,
      writeBuffer: limits.driverQueue,
      clock,
      random,
      ...(dial !== undefined && { dial }),
      frames: (batch) => this.#events.elements(this, batch),
    });
    this.#client = client;
    client.on('state', ({ from, to, cause }) => {
      if (to === 'ready') this.#up();
      else if (from === 'ready' || cause !== undefined) this.#down(cause);
    });
  }

  async stop(): Promise<void> {
    this.#become('stop');
    this.#context.clock.clear(this.#again);
    const client = this.#client;
    await client?.close();
    // Another may have been started while this one closed.
    if (this.#client === client) this.#client = undefined;
  }

  #up(): void {
    this.interest = new Interest();
    this.reader = new HeadingReader();
    this.queue = this.#newQueue();
    this.blobSubscriptions.clear();
    this.#become('up');
    this.restarts++;
    this.#events.up(this);
  }

  #down(cause: FairleadError | undefined): void {
    const { log } = this.#context;
    const wasUp = this.state === 'running';
    const known = this.cause?.code === cause?.code;
    this.cause = this.state === 'stopped' ? undefined : cause;
    if (this.state !== 'stopped') this.#become('down');
    this.queue.close();
    // A server that stays away is told of once.
    if (cause !== undefined && this.state !== 'stopped' && (wasUp || !known))
      log.warn({ chain: this.name, code: cause.code }, cause.message);
    this.#events.down(this);
  }

  /** It does not read: it is left, and connected to again in a while. */
  #drop(cause: FairleadError): void {
    const client = this.#client;
    if (client === undefined || this.state !== 'running') return;
    this.#client = undefined;
    void client.destroy(cause);
    const { clock, limits, random } = this.#context;
    const { restartMin: min, restartMax: max } = limits;
    this.#again = clock.after(backoff(0, { min, max, jitter: 'full' }, random), () => {
      if (this.state === 'waiting') this.start();
    });
  }

  #become(event: SourceEvent): void {
    this.state = sourceTransitions.next(this.state, event);
  }

  #newQueue(): ElementQueue {
    const { driverQueue } = this.#context.limits;
    const queue: ElementQueue = new ElementQueue(
      {
        forward: (bytes) => this.#forward([bytes], () => queue.writable()),
        forwardAll: (pieces) => this.#forward(pieces, () => queue.writable()),
        destroy: (cause) => queueMicrotask(() => this.#drop(cause)),
      },
      { queue: driverQueue, streamQueue: driverQueue },
    );
    return queue;
  }

  #forward(pieces: readonly Uint8Array[], writable: () => void): boolean {
    const client = this.#client;
    if (client?.state !== 'ready') return true;
    let more = true;
    for (const piece of pieces) more = client.send(piece);
    if (more) return true;
    client.drained().then(writable, () => {}); // the change of state tells
    return false;
  }
}
