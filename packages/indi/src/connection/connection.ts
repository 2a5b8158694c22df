import {
  type BackoffOptions,
  coreErrors,
  type Duration,
  type FairleadError,
  isFairleadError,
  milliseconds,
  timeLimit,
} from '@fairlead/core';
import type { Codec, Transport } from '@fairlead/tcp';
import { indiErrors } from '../catalogue.ts';
import { indiLimits } from '../limits.ts';
import type { DeviceLink } from '../property/device-link.ts';
import type { DeviceHost } from '../property/host.ts';
import type { AnyProperty } from '../property/property.ts';
import { Inquiries } from './inquiries.ts';
import { LiveLink } from './live-link.ts';
import { SimulatedLink } from './simulated-link.ts';

/** Waits between attempts to connect again; false: a lost device stays away until a client connects it. */
export interface ReconnectOptions {
  /** Upper end of the first random wait. Default 1 s. */
  readonly min?: Duration;
  /** Upper end that the waits grow to. Default 30 s. */
  readonly max?: Duration;
}

/** Attempts to connect a device that is not there yet. Clients see it as CONNECTION_RETRY, and may change it. */
export interface RetryOptions {
  /** How many, the first included; 0: without end. Default 3. */
  readonly attempts?: number;
  /** Wait between two, at least a second. Default 2 s. */
  readonly delay?: Duration;
}

export interface ConnectionOptions<In, Out> {
  /** How the device's messages are cut from the stream. */
  readonly codec: Codec<In, Out>;
  /** Time to open the connection. Default 5 s. */
  readonly connectTimeout?: Duration;
  /** Time for an answer. Default 5 s. */
  readonly requestTimeout?: Duration;
  /**
   * For a device that speaks first, such as with a banner: how long it must have been silent before it is asked anything.
   * What it says until then is dropped. It counts to the time of the handshake. Default: it is asked at once.
   */
  readonly greeting?: Duration;
  /** Time for the whole handshake. Default 15 s. */
  readonly handshakeTimeout?: Duration;
  readonly reconnect?: false | ReconnectOptions;
  /** Of the first plugin that is registered it counts for all. */
  readonly retry?: RetryOptions;
  /** Frames that nobody asked for; without it they wait for `receive()`. */
  readonly unasked?: (frame: In) => void;
  /** Stands in for the device while SIMULATION is on: the answer to a command, or nothing. */
  readonly simulator?: (message: Out) => In | undefined;
}

export interface HandshakeContext {
  readonly signal: AbortSignal;
  /** Whether the device is only simulated. */
  readonly simulated: boolean;
}
/** Finds out whether the device is the right one and is there. false, a promise of it, or an error: it is not. */
export type Handshake<In, Out> = (link: DeviceLink<In, Out>, context: HandshakeContext) => unknown;

/**
 * A way to reach a device. A plugin says how a transport is opened and which properties the client fills in for it;
 * everything else is the same for all: the handshake, commands and answers, timeouts, what happens when the link ends.
 */
export abstract class Connection<In = string, Out = In> {
  /** The switch in CONNECTION_MODE. */
  abstract readonly name: string;
  abstract readonly label: string;
  /** See `ConnectionMode`. */
  abstract readonly mode: number;
  /** What the client fills in; there while this plugin is the active one. */
  abstract readonly properties: readonly AnyProperty[];
  /** Where the device is, as a person would say it. */
  abstract readonly place: string;
  /** Set by the device: the link of a device that was online has ended. */
  lost: (cause: FairleadError) => void = () => undefined;
  protected readonly device: DeviceHost;
  readonly #options: ConnectionOptions<In, Out>;
  #handshake: Handshake<In, Out> = () => true;
  #live: LiveLink<In, Out> | undefined;
  #simulated: SimulatedLink<In, Out> | undefined;
  #inquiries: Inquiries | undefined;
  /** Whether the handshake has succeeded; before, a link that ends fails the attempt. */
  #accepted = false;

  constructor(device: DeviceHost, options: ConnectionOptions<In, Out>) {
    this.device = device;
    this.#options = options;
  }

  /** Called on each new link; only when it succeeds is the device online. */
  registerHandshake(handshake: Handshake<In, Out>): void {
    this.#handshake = handshake;
  }

  /** The link of a connected device. */
  get link(): DeviceLink<In, Out> | undefined {
    return this.#simulated ?? this.#live;
  }

  /** As {@link DeviceLink.request}, of the link that is there. Throws `INDI_NOT_CONNECTED`. */
  request(...args: Parameters<DeviceLink<In, Out>['request']>): Promise<In> {
    return this.device.link.request(...args);
  }

  get connectTimeout(): number {
    return milliseconds(this.#options.connectTimeout ?? indiLimits.values.connect, 'connectTimeout');
  }

  /** What a driver wants of the attempts to connect. */
  get retry(): RetryOptions {
    return this.#options.retry ?? {};
  }

  get reconnect(): BackoffOptions | false {
    const { reconnect } = this.#options;
    if (reconnect === false) return false;
    const { reconnectMin, reconnectMax } = indiLimits.values;
    return {
      min: milliseconds(reconnect?.min ?? reconnectMin, 'reconnect.min'),
      max: milliseconds(reconnect?.max ?? reconnectMax, 'reconnect.max'),
      jitter: 'full',
    };
  }

  /** Opens a transport to the device the client has chosen. Rejects with why not, or with the signal's reason. */
  protected abstract open(signal: AbortSignal): Promise<Transport>;

  /** Told to people while a client waits for the connection; at attempts to get a lost one back to the debug log only. */
  protected tell(text: string): void {
    const { log, connected } = this.device;
    if (connected) log.debug(text);
    else log.info(text);
  }

  /** The handshake has succeeded. */
  protected connected(): void {}

  /** It has become the active plugin: its properties are defined. */
  activated(): void {}

  /** Another plugin is the active one, or the driver ends. */
  deactivated(): void {}

  /** Opens the connection and shakes hands. Rejects with why that failed; the device is offline then. */
  async connect(signal: AbortSignal): Promise<void> {
    if (this.device.simulation) {
      this.#simulated = new SimulatedLink(this.#options.simulator);
      await this.shakeHands(this.#simulated, signal, true);
      return;
    }
    const live = await this.establish(signal);
    this.#live = live;
    this.#accepted = true;
    this.connected();
  }

  /** A link that has ended between the handshake and now counts as lost now. */
  check(): void {
    const cause = this.#live?.cause;
    if (this.#accepted && cause !== undefined) this.#closed(cause);
  }

  /** Closes the link, if there is one. */
  async disconnect(): Promise<void> {
    const live = this.#live;
    this.#live = undefined;
    this.#simulated = undefined;
    this.#accepted = false;
    live?.close(indiErrors.error('DISCONNECTED', { device: this.device.name }));
  }

  /** A link over what `open` gives, with hands shaken. */
  protected async establish(signal: AbortSignal): Promise<LiveLink<In, Out>> {
    const live = this.linkOver(await this.open(signal));
    try {
      await this.shakeHands(live, signal, false);
      if (live.cause !== undefined) throw live.cause;
      return live;
    } catch (error) {
      live.destroy(
        isFairleadError(error) ? error : coreErrors.error('HANDLER_FAILED', { reason: String(error) }, error),
      );
      throw error;
    }
  }

  protected linkOver(transport: Transport): LiveLink<In, Out> {
    const { codec, unasked, requestTimeout, greeting } = this.#options;
    // Before the device is found, each link may lead to another one.
    if (!this.device.connected || this.#inquiries === undefined)
      this.#inquiries = new Inquiries((command) => this.device.log.info(this.#lacks(command)));
    const live: LiveLink<In, Out> = new LiveLink(transport, {
      codec,
      clock: this.device.clock,
      requestTimeout: milliseconds(requestTimeout ?? indiLimits.values.reply, 'requestTimeout'),
      greeting: greeting === undefined ? undefined : milliseconds(greeting, 'greeting'),
      inquiries: this.#inquiries,
      unasked,
      closed: (cause) => {
        if (live === this.#live) this.#closed(cause);
      },
    });
    return live;
  }

  /** Rejects with `HANDSHAKE_FAILED`, `HANDSHAKE_TIMEOUT`, or what the handshake threw. */
  protected async shakeHands(
    link: DeviceLink<In, Out>,
    signal: AbortSignal,
    simulated: boolean,
  ): Promise<void> {
    const { clock } = this.device;
    const limit = milliseconds(
      this.#options.handshakeTimeout ?? indiLimits.values.handshake,
      'handshakeTimeout',
    );
    signal.throwIfAborted();
    using timed = timeLimit(clock, limit, signal, () => coreErrors.error('HANDSHAKE_TIMEOUT', { limit }));
    let accepted: unknown;
    try {
      accepted = await timed.race(
        Promise.resolve(this.#handshake(link, { signal: timed.signal, simulated })),
      );
    } catch (error) {
      throw signal.aborted ? signal.reason : error;
    }
    if (accepted === false) throw indiErrors.error('HANDSHAKE_FAILED', { place: this.place });
  }

  #lacks(command: string): string {
    return `${this.device.name} does not answer ${command}: it is driven without that.`;
  }

  #closed(cause: FairleadError): void {
    if (!this.#accepted) return;
    this.#accepted = false;
    this.#live = undefined;
    this.lost(cause);
  }
}
