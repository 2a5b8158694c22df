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

/** Delays between attempts to reconnect; false: a lost device stays offline until a client connects it. */
export interface ReconnectOptions {
  /** Upper bound of the first random delay. Default 1 s. */
  readonly min?: Duration;
  /** Maximum upper bound; it doubles up to this. Default 30 s. */
  readonly max?: Duration;
}

/** Attempts to connect a device that does not answer yet. Clients see them as CONNECTION_RETRY and may change them. */
export interface RetryOptions {
  /** Number of attempts, the first included; 0: no limit. Default 3. */
  readonly attempts?: number;
  /** Delay between two attempts, at least a second. Default 2 s. */
  readonly delay?: Duration;
}

export interface ConnectionOptions<In, Out> {
  /** The framing of the device's messages. */
  readonly codec: Codec<In, Out>;
  /** Time to open the connection. Default 5 s. */
  readonly connectTimeout?: Duration;
  /** Time for an answer. Default 5 s. */
  readonly requestTimeout?: Duration;
  /**
   * For a device that sends first, such as a banner: the silence to wait for before the first command. What it sends
   * until then is dropped. It counts as part of the handshake. Default: commands are sent at once.
   */
  readonly greeting?: Duration;
  /** Time for the whole handshake. Default 15 s. */
  readonly handshakeTimeout?: Duration;
  readonly reconnect?: false | ReconnectOptions;
  /** The setting of the first registered plugin applies to all. */
  readonly retry?: RetryOptions;
  /** Gets unsolicited frames. Without it they wait for `receive()`. */
  readonly unasked?: (frame: In) => void;
  /** Simulates the device while SIMULATION is on: returns the answer to a command, or nothing. */
  readonly simulator?: (message: Out) => In | undefined;
}

export interface HandshakeContext {
  readonly signal: AbortSignal;
  /** Whether the device is only simulated. */
  readonly simulated: boolean;
}
/** Checks whether the device is the right one and answers. false, a promise of false, or an error: it is not. */
export type Handshake<In, Out> = (link: DeviceLink<In, Out>, context: HandshakeContext) => unknown;

/**
 * A way to reach a device. A plugin defines how to open a transport, and which properties the client fills in for that.
 * The rest is the same for all plugins: handshake, commands and answers, timeouts, and the end of the link.
 */
export abstract class Connection<In = string, Out = In> {
  /** The switch in CONNECTION_MODE. */
  abstract readonly name: string;
  abstract readonly label: string;
  /** See `ConnectionMode`. */
  abstract readonly mode: number;
  /** The properties that the client fills in; defined while this plugin is active. */
  abstract readonly properties: readonly AnyProperty[];
  /** The address of the device, for people. */
  abstract readonly place: string;
  /** Set by the device: called when the link of an online device has ended. */
  lost: (cause: FairleadError) => void = () => undefined;
  protected readonly device: DeviceHost;
  readonly #options: ConnectionOptions<In, Out>;
  #handshake: Handshake<In, Out> = () => true;
  #live: LiveLink<In, Out> | undefined;
  #simulated: SimulatedLink<In, Out> | undefined;
  #inquiries: Inquiries | undefined;
  /** Whether the handshake has succeeded. Before that, the end of a link fails the attempt. */
  #accepted = false;

  constructor(device: DeviceHost, options: ConnectionOptions<In, Out>) {
    this.device = device;
    this.#options = options;
  }

  /** Called on each new link. The device is online only if it succeeds. */
  registerHandshake(handshake: Handshake<In, Out>): void {
    this.#handshake = handshake;
  }

  /** The link of a connected device. */
  get link(): DeviceLink<In, Out> | undefined {
    return this.#simulated ?? this.#live;
  }

  /** Like {@link DeviceLink.request}, on the present link. Throws `INDI_NOT_CONNECTED`. */
  request(...args: Parameters<DeviceLink<In, Out>['request']>): Promise<In> {
    return this.device.link.request(...args);
  }

  get connectTimeout(): number {
    return milliseconds(this.#options.connectTimeout ?? indiLimits.values.connect, 'connectTimeout');
  }

  /** The driver's settings for attempts to connect. */
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

  /**
   * Opens a transport to the device that the client has chosen. Rejects with the error, or with the signal's reason.
   */
  protected abstract open(signal: AbortSignal): Promise<Transport>;

  /** A message for people while a client waits for the connection; during reconnects it goes to the debug log only. */
  protected tell(text: string): void {
    const { log, connected } = this.device;
    if (connected) log.debug(text);
    else log.info(text);
  }

  /** The handshake has succeeded. */
  protected connected(): void {}

  /** The plugin was made active: its properties are defined. */
  activated(): void {}

  /** Another plugin was made active, or the driver ends. */
  deactivated(): void {}

  /** Opens the connection and performs the handshake. Rejects with the error; the device is offline then. */
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

  /** If the link has ended since the handshake, it counts as lost now. */
  check(): void {
    const cause = this.#live?.cause;
    if (this.#accepted && cause !== undefined) this.#closed(cause);
  }

  /** Closes the link, if it is open. */
  async disconnect(): Promise<void> {
    const live = this.#live;
    this.#live = undefined;
    this.#simulated = undefined;
    this.#accepted = false;
    live?.close(indiErrors.error('DISCONNECTED', { device: this.device.name }));
  }

  /** A link over the transport that `open` returns, after the handshake. */
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
    // Before the device is found, each link may lead to another device.
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
    return `${this.device.name} does not answer ${command}: the driver continues without it.`;
  }

  #closed(cause: FairleadError): void {
    if (!this.#accepted) return;
    this.#accepted = false;
    this.#live = undefined;
    this.lost(cause);
  }
}
