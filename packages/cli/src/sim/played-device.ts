/** Simulated devices of a profile: one that dials in, and one that is dialled. */
import {
  backoff,
  coreErrors,
  type Endpoint,
  type FairleadError,
  formatEndpoint,
  isFairleadError,
  parseEndpoint,
  pause,
} from '@fairlead/core';
import type { Acceptor } from '@fairlead/tcp';
import { dialTcp, listenTcp } from '@fairlead/tcp/internal';
import { cliErrors } from '../catalogue.ts';
import { cliLimits } from '../limits.ts';
import { type PlayedDevice, PlayedLink, type PlayTerms } from './played-link.ts';

const RECONNECT = { min: 500, max: 5_000, jitter: 'full' } as const;

/** Tells how the links of a device come and go. */
interface Telling {
  linked?(): void;
  failed?(cause: FairleadError): void;
}

/** Keeps a link to the host. */
export class DialingDevice implements AsyncDisposable {
  readonly #endpoint: Endpoint;
  readonly #device: PlayedDevice;
  readonly #terms: PlayTerms;
  readonly #telling: Telling;
  readonly #ended = new AbortController();
  readonly #running: Promise<void>;
  readonly #abandoned: PlayedLink[] = [];
  #link: PlayedLink | undefined;
  /** Why the last attempt failed, or the last link ended. */
  lastCause: FairleadError | undefined;

  constructor(endpoint: string, device: PlayedDevice, terms: PlayTerms, telling: Telling = {}) {
    this.#endpoint = parseEndpoint(endpoint);
    this.#device = device;
    this.#terms = terms;
    this.#telling = telling;
    this.#running = this.#run();
  }

  read(count: number): void {
    if (this.#link !== undefined) this.#link.read(count);
    else this.#terms.stats.heldBack += count;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort(coreErrors.error('LINK_CLOSED'));
    this.#link?.destroy();
    for (const link of this.#abandoned) link.destroy();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#ended;
    const { clock } = this.#terms;
    let failures = 0;
    while (!signal.aborted) {
      const began = clock.monotonic();
      const cause = await this.#live();
      if (signal.aborted) return;
      if (clock.monotonic() - began > RECONNECT.max) failures = 0;
      if (cause !== undefined) this.#telling.failed?.(cause);
      await pause(clock, backoff(failures++, RECONNECT, this.#device.random), signal);
    }
  }

  /** One link from its beginning to its end. Resolves with the cause where it was not the device that ended it. */
  async #live(): Promise<FairleadError | undefined> {
    const { clock, stats } = this.#terms;
    try {
      const signal = AbortSignal.any([this.#ended.signal, AbortSignal.timeout(cliLimits.values.simConnect)]);
      const transport = await dialTcp(this.#endpoint, { signal, clock });
      const closed = Promise.withResolvers<FairleadError | undefined>();
      const link = new PlayedLink(transport, this.#device, this.#terms, closed.resolve);
      this.#link = link;
      this.#telling.linked?.();
      if (this.#ended.signal.aborted) link.destroy();
      void link.open();
      const cause = await closed.promise;
      this.#link = undefined;
      if (link.abandoned) this.#keep(link);
      if (cause !== undefined) stats.lost++;
      this.lastCause = cause ?? this.lastCause;
      return cause;
    } catch (error) {
      const cause = isFairleadError(error)
        ? error
        : cliErrors.error('SIM_NOT_CONNECTED', {
            endpoint: formatEndpoint(this.#endpoint),
            limit: cliLimits.values.simConnect,
          });
      this.lastCause = cause;
      return cause;
    }
  }

  #keep(link: PlayedLink): void {
    this.#abandoned.push(link);
    if (this.#abandoned.length > cliLimits.values.simAbandoned) this.#abandoned.shift()?.destroy();
  }
}

/** Listens, and sends and answers on each link. */
export class ListeningDevice implements AsyncDisposable {
  readonly endpoint: string;
  readonly #acceptor: Acceptor;
  readonly #links: Set<PlayedLink>;

  private constructor(acceptor: Acceptor, links: Set<PlayedLink>) {
    this.#acceptor = acceptor;
    this.#links = links;
    this.endpoint = formatEndpoint(acceptor.endpoint);
  }

  /** Rejects with PORT_IN_USE or LISTEN_FAILED. */
  static async open(
    endpoint: string,
    device: PlayedDevice,
    terms: PlayTerms,
    telling: Telling = {},
  ): Promise<ListeningDevice> {
    const links = new Set<PlayedLink>();
    const acceptor = await listenTcp(parseEndpoint(endpoint), {}, (transport) => {
      const link: PlayedLink = new PlayedLink(transport, device, terms, (cause) => {
        // A link that was left half open stays, so that it is closed at the end.
        if (!link.abandoned) links.delete(link);
        if (cause !== undefined) terms.stats.lost++;
      });
      links.add(link);
      const [oldest] = links;
      if (oldest !== undefined && links.size > cliLimits.values.simLinks) {
        links.delete(oldest);
        oldest.destroy();
      }
      telling.linked?.();
      void link.open();
    });
    return new ListeningDevice(acceptor, links);
  }

  read(count: number): void {
    for (const link of this.#links) link.read(count);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const link of this.#links) link.destroy();
    await this.#acceptor.close();
  }
}
