import { EventEmitter } from 'node:events';
import {
  type Clock,
  coreErrors,
  type Duration,
  type Endpoint,
  type FairleadError,
  isFairleadError,
  systemClock,
  timeLimit,
  Waiters,
} from '@fairlead/core';
import { type Client, type ClientState, connect, type Dial } from '@fairlead/tcp';
import { indiErrors } from '../catalogue.ts';
import { indiLimits } from '../limits.ts';
import {
  type BlobPolicy,
  INDI_VERSION,
  type IndiMessage,
  type IndiPayload,
  indiElements,
  parseMessage,
  type RawElement,
} from '../wire/index.ts';
import { type Change, Model, type Property } from './model.ts';
import { type NewValues, newVectorFor } from './new-vector.ts';
import { PropertyPattern } from './pattern.ts';

export interface IndiClientOptions {
  /** The only device that is asked for; all by default. */
  readonly device?: string | undefined;
  /** Of that device, the only property. */
  readonly name?: string | undefined;
  /** Connect again when the server is lost (default true). */
  readonly reconnect?: boolean;
  readonly connectTimeout?: Duration;
  /** Largest BLOB on the wire, in bytes. Default 64 MiB. */
  readonly maxBlob?: number;
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly dial?: Dial;
}

/**
 * A client of an INDI server at `endpoint` (`host:7624`): connects at once and keeps a model of all properties.
 * Throws ENDPOINT_INVALID.
 */
export function connectIndi(endpoint: string | Endpoint, options: IndiClientOptions = {}): IndiClient {
  return new IndiClient(endpoint, options);
}

/** What happens at a client. */
export interface IndiClientEvents {
  change: [Change];
  /** Connected, and definitions have been asked for; or not any more. */
  state: [ClientState, FairleadError | undefined];
  /** An element that could not be read. It was ignored. */
  bad: [FairleadError];
  /** The answer to a {@link IndiClient.ping}. */
  pong: [uid: string];
}

/** What has come from the other end since the client was made: whether that is an INDI server at all. */
interface Heard {
  /** Whether it has said anything in INDI. */
  readonly indi: boolean;
  /** The beginning of what it said that is no INDI; empty: nothing. */
  readonly other: Buffer;
}

/** Bytes of {@link Heard.other}. */
const OTHER = 80;

/** Made by {@link connectIndi}. */
export class IndiClient extends EventEmitter<IndiClientEvents> implements AsyncDisposable {
  readonly #client: Client<RawElement, IndiPayload>;
  readonly #options: IndiClientOptions;
  readonly #clock: Clock;
  readonly #model = new Model();
  /** Policies that were asked for, to be asked for again after a reconnection. */
  readonly #policies = new Map<string, IndiMessage>();
  #indi = false;
  #other: Buffer = Buffer.alloc(0);
  #pings = 0;

  constructor(endpoint: string | Endpoint, options: IndiClientOptions) {
    super();
    this.setMaxListeners(0); // each watch and each wait is one
    const { reconnect = true, connectTimeout, maxBlob, clock, random, dial } = options;
    this.#options = options;
    this.#clock = clock ?? systemClock;
    this.#client = connect<RawElement, IndiPayload>(endpoint, {
      codec: indiElements({
        ...(maxBlob !== undefined && { maxBlob }),
        stray: (text) => this.#heardOther(text),
      }),
      whileDown: false,
      // A BLOB goes out in one piece.
      writeBuffer: maxBlob ?? indiLimits.values.blobElement,
      ...(reconnect ? {} : { reconnect: false as const }),
      ...(connectTimeout !== undefined && { connectTimeout }),
      ...(clock !== undefined && { clock }),
      ...(random !== undefined && { random }),
      ...(dial !== undefined && { dial }),
      frames: (batch) => this.#frames(batch),
    });
    this.#client.on('state', ({ from, to, cause }) => {
      if (to === 'ready') this.#greet();
      else if (from === 'ready') this.#forget();
      this.emit('state', to, cause);
    });
  }

  get state(): ClientState {
    return this.#client.state;
  }

  get heard(): Heard {
    return { indi: this.#indi, other: this.#other };
  }

  get devices(): string[] {
    return this.#model.devices;
  }

  property(device: string, name: string): Property | undefined {
    return this.#model.property(device, name);
  }

  /** All properties that match, in the order in which they were defined. */
  properties(pattern: PropertyPattern = new PropertyPattern()): Property[] {
    return [...this.#model.properties()].filter((property) => pattern.matches(property));
  }

  /** Resolves when connected. Rejects when the client is closed or gives up, and with `ABORTED`. */
  ready(options: { signal?: AbortSignal } = {}): Promise<void> {
    return this.#client.ready(options);
  }

  /** Asks for definitions again. Throws `NOT_CONNECTED`. */
  getProperties(device?: string, name?: string): void {
    this.#client.send({ tag: 'getProperties', version: INDI_VERSION, device, name });
  }

  /** Asks for a sign of life, which is the event `pong`. Old servers give none. Throws `NOT_CONNECTED`. */
  ping(): void {
    this.#client.send({ tag: 'pingRequest', uid: `fairlead-${++this.#pings}` });
  }

  /** Says which BLOBs are wanted: of a property, or of all. It is said again after a reconnection. */
  enableBlob(policy: BlobPolicy, device: string, name?: string): void {
    const message: IndiMessage = { tag: 'enableBLOB', device, name, policy };
    this.#policies.set(JSON.stringify([device, name]), message);
    if (this.state === 'ready') this.#client.send(message);
  }

  /**
   * Asks the driver to change elements of a property; what comes of it shows in the model.
   * Throws `PROPERTY_UNKNOWN`, `PROPERTY_NOT_SETTABLE`, `NOT_CONNECTED`.
   */
  send(device: string, name: string, values: NewValues): void {
    const property = this.property(device, name);
    if (property === undefined) throw indiErrors.error('PROPERTY_UNKNOWN', { property: `${device}.${name}` });
    this.#client.send(newVectorFor(property, values, this.#clock.now()));
  }

  /**
   * As {@link send}, and resolves with the property once the driver has answered and is not Busy any more.
   * Rejects with `PROPERTY_REFUSED` when it answers with Alert, with `ABORTED`, or when the connection ends.
   */
  async set(
    device: string,
    name: string,
    values: NewValues,
    options: { signal?: AbortSignal } = {},
  ): Promise<Property> {
    let said = '';
    const property = this.property(device, name);
    if (property === undefined) throw indiErrors.error('PROPERTY_UNKNOWN', { property: `${device}.${name}` });
    this.#client.send(newVectorFor(property, values, this.#clock.now()));
    return this.#until(options.signal, (change) => {
      // Drivers say why in a message of its own, mostly before they set the property.
      if (change.kind === 'message' && change.device === device) said = change.text;
      if (change.kind === 'removed' && change.device === device && change.name === name)
        throw indiErrors.error('PROPERTY_UNKNOWN', { property: `${device}.${name}` });
      if (change.kind !== 'changed') return undefined; // a definition may be the answer to somebody's getProperties
      const { property, message } = change;
      if (property.device !== device || property.name !== name || property.state === 'Busy') return undefined;
      if (property.state !== 'Alert') return property;
      const reason = (message || said || 'it gave no reason').replace(/\.$/, '');
      throw indiErrors.error('PROPERTY_REFUSED', { property: `${device}.${name}`, reason });
    });
  }

  /** Resolves with the first property that is there, or comes, and for which `when` holds. Rejects as {@link set} does. */
  async waitFor(
    device: string,
    name: string,
    options: { when?: (property: Property) => boolean; signal?: AbortSignal } = {},
  ): Promise<Property> {
    const { when = () => true, signal } = options;
    const now = this.property(device, name);
    if (now !== undefined && when(now)) return now;
    return this.#until(signal, (change) => {
      if (change.kind !== 'changed' && change.kind !== 'defined') return undefined;
      const { property } = change;
      return property.device === device && property.name === name && when(property) ? property : undefined;
    });
  }

  /**
   * Changes as they come, over reconnections too; messages where their device matches. It ends with the client.
   * Throws `WATCH_OVERFLOW` when they are not taken, and `ABORTED`.
   */
  async *watch(
    pattern: PropertyPattern = new PropertyPattern(),
    options: { signal?: AbortSignal } = {},
  ): AsyncGenerator<Change, void, undefined> {
    const { signal } = options;
    const limit = indiLimits.values.watchQueue;
    const queue: Change[] = [];
    let overflow = false;
    const changed = new Waiters();
    const onChange = (change: Change) => {
      if (!concerns(pattern, change)) return;
      if (queue.length >= limit) overflow = true;
      else queue.push(change);
      changed.resolve();
    };
    const onState = () => changed.resolve();
    this.on('change', onChange);
    this.on('state', onState);
    try {
      for (;;) {
        if (signal?.aborted) throw coreErrors.error('ABORTED', {}, signal.reason);
        yield* queue.splice(0);
        if (overflow) throw indiErrors.error('WATCH_OVERFLOW', { limit });
        if (queue.length > 0 || signal?.aborted) continue;
        if (this.state === 'closed') return;
        await changed.wait(signal);
      }
    } finally {
      this.off('change', onChange);
      this.off('state', onState);
    }
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  // --- inside --------------------------------------------------------------------------------------------------------

  #greet(): void {
    const { device, name } = this.#options;
    this.getProperties(device, name);
    for (const policy of this.#policies.values()) this.#client.send(policy);
  }

  /** What is not there any more is not known to be true. */
  #forget(): void {
    for (const device of this.devices)
      for (const change of this.#model.remove(device)) this.emit('change', change);
  }

  #frames(batch: readonly RawElement[]): void {
    for (const element of batch) {
      let message: IndiMessage | undefined;
      try {
        message = parseMessage(element);
      } catch (error) {
        if (!isFairleadError(error)) throw error;
        this.emit('bad', error);
        continue;
      }
      if (message === undefined) {
        this.#heardOther(element.first);
        continue;
      }
      this.#indi = true;
      if (message.tag === 'pingRequest') this.#client.send({ tag: 'pingReply', uid: message.uid });
      else if (message.tag === 'pingReply') this.emit('pong', message.uid);
      else for (const change of this.#model.apply(message)) this.emit('change', change);
    }
  }

  #heardOther(bytes: Buffer): void {
    const room = OTHER - this.#other.length;
    if (room > 0) this.#other = Buffer.concat([this.#other, bytes.subarray(0, room)]);
  }

  /** The first result that `take` returns for a change. */
  async #until<T>(signal: AbortSignal | undefined, take: (change: Change) => T | undefined): Promise<T> {
    const result = Promise.withResolvers<T>();
    const stop = () => {
      this.off('change', onChange);
      this.off('state', onState);
    };
    const onChange = (change: Change) => {
      try {
        const taken = take(change);
        if (taken === undefined) return;
        stop();
        result.resolve(taken);
      } catch (error) {
        stop();
        result.reject(error);
      }
    };
    const onState = (state: ClientState, cause: FairleadError | undefined) => {
      if (cause === undefined && state !== 'closed') return;
      stop();
      result.reject(cause ?? coreErrors.error('LINK_CLOSED'));
    };
    this.on('change', onChange);
    this.on('state', onState);
    using limit = timeLimit(this.#clock, undefined, signal, () => undefined);
    try {
      return await limit.race(result.promise);
    } finally {
      stop();
    }
  }
}

function concerns(pattern: PropertyPattern, change: Change): boolean {
  switch (change.kind) {
    case 'message':
      return change.device === undefined || pattern.matchesDevice(change.device);
    case 'removed':
      return pattern.matches(change);
    default:
      return pattern.matches(change.property);
  }
}
